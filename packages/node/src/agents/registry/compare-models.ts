import { recommendationTexts, whoGains } from '@consort/federation'
import { type Comparison, type Id, type Recipe, Refusal } from '@consort/protocol'
import { openPredictor } from '@consort/serving'
import { type Examples, initialWeights, planModel } from '@consort/train'
import { currentDataset } from '../../datasets/find-dataset.ts'
import { loadExamples } from '../../datasets/load.ts'
import { checkTrials } from '../../ledgers/check-exempt.ts'
import { openTrainEngine } from '../../training/engines.ts'
import type { AgentContext } from '../context.ts'
import { fetchVersion, servedWeights } from '../versions/versions.ts'

/** Of the epochs of the run, and of its learning rate: fine-tuning stays near the weights that it begins with. */
const fineTuning = { epochs: 0.5, learningRate: 0.3 }

/**
 * What this partner has of the shared model: its own one (the same recipe and the same epochs, on its training records
 * alone), the shared one and the shared one fine-tuned here are asked about the same held-out records.
 */
export async function compareModels(
  context: AgentContext,
  { version, dataset: name }: { version: Id<'version'>; dataset: string },
): Promise<Comparison> {
  const dataset = await currentDataset(context, name)
  if (!dataset) throw new Refusal('not-found', `No data set named ${name} is registered here`)
  await checkTrials(context, dataset.id)
  const card = await fetchVersion(context, version)
  const { recipe } = card
  const { train, evaluation } = await loadExamples(context, dataset.id, recipe)
  if (!train || !evaluation) {
    throw new Refusal('split-empty', `${name} has no held-out records to compare on`, {
      hint: 'Register it with a share for validation: `consort dataset add … --validation 0.3`.',
    })
  }
  const shared = await servedWeights(context, card)
  const epochs = recipe.federation.rounds * recipe.federation.localEpochs
  const { learningRate } = recipe.optimiser
  const gentle = {
    ...recipe,
    optimiser: { ...recipe.optimiser, learningRate: learningRate * fineTuning.learningRate },
  }
  const from = initialWeights(planModel(recipe), recipe.seed)
  const own = await trainHere(context, recipe, { train, from, epochs })
  const tuned = await trainHere(context, gentle, {
    train,
    from: shared,
    epochs: Math.ceil(epochs * fineTuning.epochs),
  })
  const gains = whoGains({
    own: await rightOn(evaluation, recipe, own),
    shared: await rightOn(evaluation, recipe, shared),
    fineTuned: await rightOn(evaluation, recipe, tuned),
  })
  return { version, ...gains, text: recommendationTexts[gains.recommendation] }
}

async function trainHere(
  context: AgentContext,
  recipe: Recipe,
  { train, from, epochs }: { train: Examples; from: Float32Array; epochs: number },
): Promise<Float32Array> {
  const { cpu } = context.policy.read()
  const none = { ...train, count: 0 }
  const setup = { recipe, threads: cpu.threads, data: { train, evaluation: none } }
  await using engine = await openTrainEngine(setup)
  const request = { weights: from, epochs, seed: recipe.seed, progress: [0, 1] as const, proximal: 0 }
  return (await engine.train('train', request, context.closing)).weights
}

/** For each record whether the most likely class is the right one. */
async function rightOn(examples: Examples, recipe: Recipe, weights: Float32Array): Promise<boolean[]> {
  await using predictor = await openPredictor({ recipe, weights })
  const { count, labels } = examples
  const classes = predictor.classes.length
  const logits = await predictor.score(Float32Array.from(examples.inputs), count)
  return Array.from({ length: count }, (_, row) => {
    const own = logits.subarray(row * classes, (row + 1) * classes)
    return own.indexOf(Math.max(...own)) === labels[row]
  })
}
