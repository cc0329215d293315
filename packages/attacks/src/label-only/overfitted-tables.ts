import { createRandom, type Entropy, parseRecipe, type Recipe, type RecipeInput } from '@consort/protocol'
import { exportModel, initialWeights } from '@consort/train'
import { openTrainer, runExported } from '@consort/train/engine'
import { pick, type Training } from '../membership/membership-models.ts'
import type { Ask, Candidates } from './label-only.ts'

/** A model of one half of some records, and which half that is. */
export interface AttackedTable {
  readonly candidates: Candidates
  readonly isIn: readonly boolean[]
  readonly ask: Ask
}

const names = ['well', 'ill'] as const

/** Rows of numbers from −1 to 1 with labels by the toss of a coin: what a model knows of them it knows by heart. */
export function drawCandidates({
  count,
  width,
  seed,
}: {
  count: number
  width: number
  seed: number
}): Candidates {
  const random = createRandom(seed)
  return {
    count,
    // Four decimals, so that a text file holds the same numbers.
    inputs: Float32Array.from(
      { length: count * width },
      () => Math.round(2e4 * random.uniform() - 1e4) / 1e4,
    ),
    labels: Int32Array.from({ length: count }, () => random.integer(2)),
  }
}

/** One hidden layer over a table of `width` numbers. */
export function tableModel(width: number, rest: Partial<RecipeInput>): RecipeInput {
  return {
    recipe: 1,
    name: 'members',
    dataset: 'members',
    task: { kind: 'classification', classes: [...names] },
    input: {
      kind: 'table',
      features: Array.from({ length: width }, (_, column) => ({ name: `f${column}`, kind: 'number' })),
    },
    model: { kind: 'mlp', layers: [{ kind: 'dense', units: 32, activation: 'relu' }] },
    ...rest,
  }
}

/** Trains on a half that is drawn; everything follows from the seed, the noise of a private training too. */
export async function trainTable(
  training: Training,
  { count, width, seed }: { count: number; width: number; seed: number },
): Promise<AttackedTable> {
  const candidates = drawCandidates({ count, width, seed })
  const random = createRandom(1000 + seed)
  const isIn = Array.from({ length: count }, () => random.uniform() < 0.5)
  const members = pick(
    { ...candidates, inputShape: [width] },
    [...isIn.keys()].filter(record => isIn[record]),
  )
  const { epochs, ...rest } = training
  const recipe = parseRecipe(tableModel(width, rest))
  const trainer = await openTrainer(recipe, members, 1, seededEntropy(seed))
  const weights = initialWeights(trainer.plan, seed)
  const trained = await trainer.train({ weights, epochs, seed, progress: [0, 1], proximal: 0 })
  await trainer.close()
  return { candidates, isIn, ask: askModel(recipe, trained.weights, width) }
}

function askModel(recipe: Recipe, weights: Float32Array, width: number): Ask {
  const onnx = exportModel(recipe, weights, 'attacked')
  return async (inputs, rows) => {
    const { probabilities } = await runExported(onnx, inputs, [rows, width])
    const classes = Int32Array.from({ length: rows }, (_, row) =>
      probabilities![2 * row + 1]! > probabilities![2 * row]! ? 1 : 0,
    )
    return { classes, probabilities: probabilities! }
  }
}

/**
 * So that a private training can be told apart from chance once and for all; it hides nothing, its seed being known.
 */
function seededEntropy(seed: number): Entropy {
  const random = createRandom(5000 + seed)
  return { bytes: count => Uint8Array.from({ length: count }, () => random.bits() & 255) }
}
