import { createRandom, parseRecipe, type Recipe, type RecipeInput } from '@consort/protocol'
import { type Examples, exportModel, initialWeights } from '@consort/train'
import { openTrainer, runExported } from '@consort/train/engine'

/** Models that were each trained on a part of one pool, in which every record is by the toss of a fair coin. */
export interface TrainedHalves {
  /** Of each model, which records were in it. */
  readonly isIn: readonly (readonly boolean[])[]
  /** Of each model, for each record the probability that it gives to the record's own label, 0 … 1. */
  readonly confidences: readonly Float64Array[]
}

/** What differs between one training of the pool and another. */
export type Training = Pick<RecipeInput, 'optimiser' | 'batchSize' | 'privacy'> & { readonly epochs: number }

/** Trains `models` models; everything follows from the seed but private training, which nothing brings back. */
export async function trainHalves(
  pool: Examples,
  { models, seed, training }: { models: number; seed: number; training: Training },
): Promise<TrainedHalves> {
  const isIn: boolean[][] = []
  const confidences: Float64Array[] = []
  for (let model = 0; model < models; model++) {
    const random = createRandom(1000 * seed + model)
    const toss = Array.from({ length: pool.count }, () => random.uniform() < 0.5)
    isIn.push(toss)
    confidences.push(await confidencesOf(pool, { toss, seed: model, training }))
  }
  return { isIn, confidences }
}

async function confidencesOf(
  pool: Examples,
  { toss, seed, training: { epochs, ...rest } }: { toss: boolean[]; seed: number; training: Training },
): Promise<Float64Array> {
  const recipe = recipeFor(pool, rest)
  const members = pick(
    pool,
    [...toss.keys()].filter(record => toss[record]),
  )
  const trainer = await openTrainer(recipe, members)
  const start = initialWeights(trainer.plan, seed)
  const request = { weights: start, epochs, seed, progress: [0, 1], proximal: 0 } as const
  const { weights } = await trainer.train(request)
  await trainer.close()
  const onnx = exportModel(recipe, weights, 'attacked')
  // An exported model takes pixels as bytes, also where it was trained on floats from 0 to 1.
  const perUnit = pool.inputs instanceof Uint8Array ? 1 : 255
  const inputs = Float32Array.from(pool.inputs, value => value * perUnit)
  const { probabilities } = await runExported(onnx, inputs, [pool.count, ...pool.inputShape])
  const classes = probabilities!.length / pool.count
  return Float64Array.from(pool.labels, (label, record) => probabilities![record * classes + label]!)
}

/** One hidden layer over pictures, whose floats are used as they are. */
function recipeFor({ inputShape, labels }: Examples, rest: Omit<Training, 'epochs'>): Recipe {
  const classes = Array.from({ length: 1 + Math.max(...labels) }, (_, label) => `${label}`)
  return parseRecipe({
    recipe: 1,
    name: 'members',
    dataset: 'members',
    task: { kind: 'classification', classes },
    input: { kind: 'images', height: inputShape[1]!, width: inputShape[2]! },
    model: { kind: 'mlp', layers: [{ kind: 'dense', units: 32, activation: 'relu' }] },
    ...rest,
  })
}

export function pick({ inputShape, inputs, labels }: Examples, records: readonly number[]): Examples {
  const size = inputShape.reduce((product, length) => product * length, 1)
  const picked =
    inputs instanceof Uint8Array
      ? new Uint8Array(records.length * size)
      : new Float32Array(records.length * size)
  for (const [row, record] of records.entries())
    picked.set(inputs.subarray(record * size, (record + 1) * size), row * size)
  return {
    count: records.length,
    inputShape,
    inputs: picked,
    labels: Int32Array.from(records, record => labels[record]!),
  }
}
