import { open, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { encodeTensors, type Recipe, type TensorLayout } from '@consort/protocol'
import type { AnyExamples } from '@consort/train'
import { dataTensors } from './data-tensors.ts'

/** The files of the contract, by what they hold. */
export const trainerFiles = {
  weights: 'weights.safetensors',
  data: 'data.safetensors',
  update: 'update.safetensors',
  metrics: 'metrics.json',
} as const

export interface TrainerInputs {
  readonly recipe: Recipe
  readonly round: number
  readonly rounds: number
  readonly epochs: number
  readonly seed: number
  readonly layout: TensorLayout
  readonly weights: Float32Array
  readonly examples: AnyExamples
  /** Milliseconds that are left; asked when all else is written. */
  readonly withinMs: () => number
}

/** Writes what a trainer reads: the weights to start from, its examples, and then the task. */
export async function writeInputs(folder: string, inputs: TrainerInputs): Promise<void> {
  const { recipe, round, rounds, epochs, seed, layout, weights, examples, withinMs } = inputs
  const options = { mode: 0o600, flag: 'wx' }
  await writeFile(join(folder, trainerFiles.weights), encodeTensors(layout, weights), options)
  const data = await open(join(folder, trainerFiles.data), 'wx', 0o600)
  try {
    for (const piece of dataTensors(recipe, examples)) await data.writeFile(piece)
  } finally {
    await data.close()
  }
  const task = {
    contract: 1,
    recipe,
    round,
    rounds,
    epochs,
    seed,
    examples: examples.count,
    deadlineSeconds: withinMs() / 1000,
    files: trainerFiles,
  }
  await writeFile(join(folder, 'task.json'), `${JSON.stringify(task, null, 2)}\n`, options)
}
