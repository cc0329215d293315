import { epsilonOf, multiplierFor, repeatLoss, subsampledGaussianLoss } from '@consort/privacy'
import type { Entropy, Recipe } from '@consort/protocol'
import { parseRecipe } from '@consort/protocol'
import { type Examples, planModel, samplingPlan } from '@consort/train'
import { openTrainer } from '@consort/train/engine'

/** What is promised to the canaries' owner, and how the training that promises it goes. */
export interface Promised {
  readonly epsilon: number
  readonly delta: number
  readonly clip: number
  readonly rounds: number
  /** q: the share of the records that a step draws. */
  readonly sampleRate: number
}

/** What was done instead. */
export interface Deviation {
  /** The noise is divided by this. */
  readonly quieter?: number
  /** Gradients may be longer than the clip by this factor; the noise stays as it is. */
  readonly looser?: number
  /** In place of the operating system's generator. */
  readonly entropy?: Entropy
}

/** What a hub has in its hands after the rounds: for each of them the difference that one step made, each weight. */
export interface Captured {
  readonly moves: readonly Float32Array[]
  /** Of the promise, worked out from what the trainer said that it was going to do. */
  readonly epsilon: number
  /** Of the node, known to the hub from its data card. */
  readonly records: number
  /** Of the records that a step draws: q, exactly. */
  readonly sampleRate: number
  /** Of the noise in each weight of a move. */
  readonly deviation: number
}

/**
 * A canary is one bright pixel of its own, so bright that its gradient is always clipped, and has no other direction.
 */
const brightness = 100

/**
 * Trains on the canaries that are in and nothing else, one step a round, every time from the zeros that a hub may well
 * send: the strongest form of the attack that DP-SGD is analysed against. Softmax over two classes on one pixel for
 * each canary.
 */
export async function trainOnCanaries(
  isIn: readonly boolean[],
  promised: Promised,
  { quieter = 1, looser = 1, entropy }: Deviation = {},
): Promise<Captured> {
  const examples = canariesIn(isIn)
  const batchSize = Math.round(promised.sampleRate * examples.count)
  const probability = batchSize / examples.count
  const { epsilon, delta, clip, rounds } = promised
  const multiplier = multiplierFor({ epsilon, delta, probability, steps: rounds })
  const claimed = recipeOf(isIn.length, batchSize, { clip, noiseMultiplier: multiplier, delta })
  const done = recipeOf(isIn.length, batchSize, {
    clip: clip * looser,
    noiseMultiplier: multiplier / quieter / looser,
    delta,
  })
  const weights = new Float32Array(planModel(claimed).layout.size)
  const trainer = await openTrainer(done, examples, 1, entropy)
  const moves: Float32Array[] = []
  const epochs = probability
  for (let round = 0; round < rounds; round++) {
    const request = { weights, epochs, seed: round, progress: [0, 1], proximal: 0 } as const
    moves.push((await trainer.train(request)).weights.map(value => -value))
  }
  await trainer.close()
  const plan = samplingPlan(claimed, { examples: examples.count, epochs })!
  const step = subsampledGaussianLoss({ multiplier: plan.noiseMultiplier, probability: plan.sampleRate })
  const accounted = epsilonOf(repeatLoss(step, plan.steps * rounds), { delta })
  const deviation = (multiplier * clip) / quieter / batchSize
  return { moves, epsilon: accounted.epsilon, records: examples.count, sampleRate: probability, deviation }
}

function canariesIn(isIn: readonly boolean[]): Examples {
  const members = [...isIn.keys()].filter(canary => isIn[canary])
  const inputs = new Float32Array(members.length * isIn.length)
  for (const [row, canary] of members.entries()) inputs[row * isIn.length + canary] = brightness
  return {
    count: members.length,
    inputShape: [1, 1, isIn.length],
    inputs,
    labels: new Int32Array(members.length),
  }
}

function recipeOf(
  width: number,
  batchSize: number,
  differentialPrivacy: NonNullable<Recipe['privacy']['differentialPrivacy']>,
): Recipe {
  return parseRecipe({
    recipe: 1,
    name: 'canaries',
    dataset: 'canaries',
    task: { kind: 'classification', classes: ['a', 'b'] },
    input: { kind: 'images', height: 1, width },
    model: { kind: 'logistic' },
    optimiser: { kind: 'sgd', learningRate: 1 },
    batchSize,
    privacy: { differentialPrivacy },
  })
}

/**
 * How far a step went along a canary's own direction; the class is the first, so its row goes down and the other up.
 */
function along(move: Float32Array, canary: number, canaries: number): number {
  return (move[canaries + canary]! - move[canary]!) / Math.SQRT2
}

/** Σ over the rounds: the best that can be done against independent Gaussian noise. */
export function summedScores({ moves }: Captured, canaries: number): Float64Array {
  return Float64Array.from({ length: canaries }, (_, canary) =>
    moves.reduce((sum, move) => sum + along(move, canary, canaries), 0),
  )
}

/**
 * The largest less the smallest: noise that is the same in every round cancels, being drawn in some rounds does not.
 */
export function rangeScores({ moves }: Captured, canaries: number): Float64Array {
  return Float64Array.from({ length: canaries }, (_, canary) => {
    const places = moves.map(move => along(move, canary, canaries))
    return Math.max(...places) - Math.min(...places)
  })
}
