import type { Recipe } from '@consort/protocol'
import type { FrozenTensor, FrozenTensors } from '../../graph/graph.ts'
import type { ReadableBase } from '../readable-base.ts'
import { type AdapterPlan, planAdapter } from './adapter-plan.ts'

/**
 * What training and scoring by this recipe need of its base. Float32 numbers stay on disk, to be mapped; others are
 * unpacked once into memory that threads share.
 */
export async function frozenTensors(recipe: Recipe, base: ReadableBase): Promise<FrozenTensors> {
  return await tensorsOf(planAdapter(recipe), base)
}

/** The same for an adapter by its plan. */
export async function tensorsOf({ frozen }: AdapterPlan, base: ReadableBase): Promise<FrozenTensors> {
  const entries: [string, FrozenTensor][] = []
  for (const { name } of frozen) entries.push([name, await frozenTensor(base, name)])
  return Object.fromEntries(entries)
}

async function frozenTensor(base: ReadableBase, name: string): Promise<FrozenTensor> {
  const { dtype, shape, place, pairedHeads } = base.tensor(name)
  if (dtype === 'F32' && pairedHeads === undefined) return { shape, data: place }
  const numbers = await base.read(name)
  const data = new Float32Array(new SharedArrayBuffer(numbers.byteLength))
  data.set(numbers)
  return { shape, data }
}
