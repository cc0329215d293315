import type { AdapterSpec } from '@consort/protocol'
import type { AdapterPlan } from '../families/adapter/adapter-plan.ts'
import type { FrozenTensors } from '../graph/graph.ts'
import { numbers } from './run-graph.ts'

/** The numbers that fixtures/generate-adapters.py puts into a tensor of this name. */
export function filled(name: string, shape: readonly number[]): Float32Array<ArrayBuffer> {
  let salt = 0
  for (let index = 0; index < name.length; index++) salt += name.charCodeAt(index) * (index + 1)
  const isNorm = shape.length === 1 && name.endsWith('weight')
  return isNorm ? numbers(shape, salt % 1000, 0.8, 1.2) : numbers(shape, salt % 1000, -0.3, 0.3)
}

/** All tensors of the base that a plan uses, filled by name. */
export function filledBase({ frozen }: AdapterPlan): FrozenTensors {
  return Object.fromEntries(frozen.map(({ name, shape }) => [name, { shape, data: filled(name, shape) }]))
}

type Config = AdapterSpec['base']['config']

/** An adapter of rank 2 on a tiny base. */
export function tinyAdapter(
  config: Config,
  of: Pick<AdapterSpec, 'task' | 'pooling'> & { readonly targets: string[] },
): AdapterSpec {
  const { task, pooling, targets } = of
  return {
    kind: 'adapter',
    base: { name: 'tiny', sha256: `sha256:${'0'.repeat(64)}`, config },
    task,
    ...(pooling && { pooling }),
    lora: { rank: 2, alpha: 6, targets, modulesToSave: [] },
  }
}
