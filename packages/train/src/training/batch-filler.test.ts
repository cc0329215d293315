import test from 'node:test'
import { recipeSchema } from '@consort/protocol'
import { assertClose } from '../testing/run-graph.ts'
import { createBatchFiller } from './batch-filler.ts'

test('examples weigh as their classes do, and together 1', () => {
  const recipe = recipeSchema.parse({
    recipe: 1,
    name: 'wards',
    dataset: 'wards',
    task: { kind: 'classification', classes: ['a', 'b'] },
    input: { kind: 'table', features: [{ kind: 'number', name: 'x' }] },
    model: { kind: 'logistic' },
    classWeights: [1, 3],
  })
  const examples = {
    count: 3,
    inputShape: [1],
    inputs: Float32Array.of(1, 2, 3),
    labels: Int32Array.of(0, 1, 1),
  }
  const batch = {
    inputs: new Float32Array(4),
    labels: new Int32Array(4),
    weights: new Float32Array(4).fill(9),
  }
  createBatchFiller(recipe, examples)(batch, Int32Array.of(0, 2, 1))
  assertClose(batch.weights, [1 / 7, 3 / 7, 3 / 7, 0], 1e-7, 'weights')
})
