import { recommendationTexts, whoGains } from '@consort/federation'
import { type Id, type ModelCard, type Recipe, Refusal } from '@consort/protocol'
import { openPredictor } from '@consort/serving'
import { type AnyExamples, inputRows, trainedParts } from '@consort/train'
import type { NodeHandler } from '../../caller.ts'
import { openTrainEngine } from '../../training/engines.ts'
import type { FindTrialData } from '../versions/trial-data.ts'

/** What comparing models needs. */
export interface ComparisonContext {
  readonly trialData: FindTrialData
  /** Brings a version here. */
  readonly fetchVersion: (version: Id<'version'>) => Promise<ModelCard>
  readonly servedWeights: (card: ModelCard) => Promise<Float32Array>
  /** How many threads training may take, by the policy of the site. */
  readonly threads: () => number
  /** Aborted when the node closes: nothing is worth waiting for any more. */
  readonly closing: AbortSignal
}

/** Of the epochs of the run, and of its learning rate: fine-tuning stays near the weights that it begins with. */
const fineTuning = { epochs: 0.5, learningRate: 0.3 }

/**
 * Shows what this partner has of the shared model: its own one (the same recipe and the same epochs, on its training
 * records alone), the shared one and the shared one fine-tuned here are asked about the same held-out records.
 */
export function compareModels(context: ComparisonContext): NodeHandler<'compareModels'> {
  return async ({ params: { version }, body: { dataset: name } }) => {
    const dataset = await context.trialData(name)
    if (!dataset) throw new Refusal('not-found', `No data set named ${name} is registered here`)
    const card = await context.fetchVersion(version)
    const { recipe } = card
    const { train, evaluation } = await dataset.load(recipe)
    if (!train || !evaluation) {
      throw new Refusal('split-empty', `${name} has no held-out records to compare on`, {
        hint: 'Register it with a share for validation: `consort dataset add … --validation 0.3`.',
      })
    }
    const shared = await context.servedWeights(card)
    const { own, tuned } = await trainBoth(context, { recipe, shared, train })
    const gains = whoGains({
      own: await rightOn(evaluation, recipe, own),
      shared: await rightOn(evaluation, recipe, shared),
      fineTuned: await rightOn(evaluation, recipe, tuned),
    })
    return { version, ...gains, text: recommendationTexts[gains.recommendation] }
  }
}

/** Trains a model of this partner's own, and fine-tunes the shared one. */
async function trainBoth(
  context: ComparisonContext,
  { recipe, shared, train }: { recipe: Recipe; shared: Float32Array; train: AnyExamples },
): Promise<{ own: Float32Array; tuned: Float32Array }> {
  const epochs = recipe.federation.rounds * recipe.federation.localEpochs
  const { learningRate } = recipe.optimiser
  const gentle = {
    ...recipe,
    optimiser: { ...recipe.optimiser, learningRate: learningRate * fineTuning.learningRate },
  }
  const from = trainedParts(recipe).initialWeights(recipe.seed)
  const own = await trainHere(context, recipe, { train, from, epochs })
  const half = Math.ceil(epochs * fineTuning.epochs)
  return { own, tuned: await trainHere(context, gentle, { train, from: shared, epochs: half }) }
}

async function trainHere(
  { threads, closing }: ComparisonContext,
  recipe: Recipe,
  { train, from, epochs }: { train: AnyExamples; from: Float32Array; epochs: number },
): Promise<Float32Array> {
  const none = { ...train, count: 0 }
  const setup = { recipe, threads: threads(), data: { train, evaluation: none } }
  await using engine = await openTrainEngine(setup)
  const request = { weights: from, epochs, seed: recipe.seed, progress: [0, 1] as const, proximal: 0 }
  return (await engine.train('train', request, closing)).weights
}

const rowsAtOnce = 256

/** For each record whether the most likely class is the right one. */
async function rightOn(examples: AnyExamples, recipe: Recipe, weights: Float32Array): Promise<boolean[]> {
  await using predictor = await openPredictor({ recipe, weights })
  const { count, labels } = examples
  const classes = predictor.classes.length
  const logits = new Float32Array(count * classes)
  for (let from = 0; from < count; from += rowsAtOnce) {
    const rows = Math.min(rowsAtOnce, count - from)
    logits.set(await predictor.score(inputRows(examples, from, rows), rows), from * classes)
  }
  return Array.from({ length: count }, (_, row) => {
    const own = logits.subarray(row * classes, (row + 1) * classes)
    return own.indexOf(Math.max(...own)) === labels[row]
  })
}
