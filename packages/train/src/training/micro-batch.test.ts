import assert from 'node:assert/strict'
import test from 'node:test'
import { parseRecipe } from '@consort/protocol'
import { planModel } from '../model/model-plan.ts'
import { microBatches, microBatchRows, rowsStep } from './micro-batch.ts'

test('micro-batches take every example once, in order, and none is longer than allowed', () => {
  for (const rowsMax of [8, 32, 80, 352]) {
    for (let count = 0; count < 400; count += 7) {
      const parts = microBatches(count, rowsMax)
      const taken = parts.flatMap(({ start, end }) =>
        Array.from({ length: end - start }, (_, index) => start + index),
      )
      assert.deepEqual(
        taken,
        Array.from({ length: count }, (_, index) => index),
      )
      for (const { start, end, rows } of parts) {
        assert.ok(
          rows <= rowsMax && rows % rowsStep === 0 && rows >= end - start && rows < end - start + rowsStep,
        )
      }
    }
  }
})

function rowsOf(layers: object[], batchSize = 256): number {
  const recipe = parseRecipe({
    recipe: 1,
    name: 'rows',
    dataset: 'rows',
    task: { kind: 'classification', classes: ['a', 'b'] },
    input: { kind: 'images', height: 28, width: 28 },
    model: { kind: 'cnn', layers },
  })
  return microBatchRows(planModel(recipe), batchSize)
}

test('weights that an example uses once want one pass, weights that it uses often want small ones', () => {
  const conv = { kind: 'conv', filters: 16, kernel: 3 }
  assert.equal(rowsOf([{ kind: 'dense', units: 128 }]), 352) // 6 deviations above the mean of 256
  assert.equal(rowsOf([{ kind: 'dense', units: 128 }], 32), 68)
  assert.equal(rowsOf([conv, conv, { kind: 'global-average-pool' }]), 32)
})
