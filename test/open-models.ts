import { once } from 'node:events'
import { Worker } from 'node:worker_threads'
import { parseRecipe } from '@consort/protocol'
import { openPredictor } from '@consort/serving'
import { exportModel, initialWeights, planModel } from '@consort/train'
import { openEngine, openScorer } from '@consort/train/engine'
import { InferenceSession } from 'onnxruntime-node'

/** A program of its own: opens a model of one neuron in one of these ways. */
const recipe = parseRecipe({
  recipe: 1,
  name: 'neuron',
  dataset: 'numbers',
  task: { kind: 'classification', classes: ['low', 'high'] },
  input: { kind: 'table', features: [{ name: 'x', kind: 'number' }] },
  model: { kind: 'logistic' },
  optimiser: { kind: 'sgd', learningRate: 0.1 },
  federation: { rounds: 1 },
})
const examples = {
  count: 4,
  inputShape: [1],
  inputs: Float32Array.of(1, 2, 3, 4),
  labels: Int32Array.of(0, 0, 1, 1),
}
const weights = initialWeights(planModel(recipe), 1)

const ways: Record<string, () => Promise<unknown>> = {
  async trained() {
    await using engine = await openEngine({ recipe, threads: 1, data: { train: examples } })
    await engine.train('train', { weights, epochs: 1, seed: 1, progress: [0, 1], proximal: 0 })
  },
  async scored() {
    const scorer = await openScorer(recipe, examples)
    await scorer.score(weights)
  },
  async served() {
    await using predictor = await openPredictor({ recipe, weights })
    await predictor.score(Float32Array.of(1), 1)
  },
  /** On a thread that nobody has prepared: refused before the runtime looks at anything. */
  async unprepared() {
    const code = "import('@consort/train/engine').then(({ openSession }) => openSession(new Uint8Array(), 1))"
    const [error] = await once(new Worker(code, { eval: true }), 'error')
    if (!/startThread/.test(String(error))) throw error
  },
  comes: () => InferenceSession.create(exportModel(recipe, weights, '')),
}
await ways[process.argv[2]!]!()
