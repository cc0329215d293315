import assert from 'node:assert/strict'
import test from 'node:test'
import { createRandom, presetNames, presetRecipe } from '@consort/protocol'
import { initialWeights } from '../model/initial-weights.ts'
import { planModel } from '../model/model-plan.ts'
import { openTrainer } from './trainer.ts'

const sizes: Partial<Record<(typeof presetNames)[number], string>> = {
  'text-article': '1000·128+128+128·2+2',
  'table-10-10-1': '10·10+10+10+1',
  'table-3-2-2': '3·2+2+2·2+2',
  'table-3-10-2': '3·10+10+10·2+2',
}

for (const name of presetNames)
  test(`${name} has the weights that its name says, and learns from a batch`, async () => {
    const recipe = { ...presetRecipe(name), batchSize: 8 }
    const plan = planModel(recipe)
    const size = sizes[name]
    if (size !== undefined) {
      const sum = size
        .split('+')
        .map(part => part.split('·').reduce((product, one) => product * Number(one), 1))
      assert.equal(
        plan.layout.size,
        sum.reduce((all, part) => all + part),
      )
    }
    const random = createRandom(3)
    const width = plan.inputShape.reduce((product, dimension) => product * dimension, 1)
    const inputs = Float32Array.from({ length: 8 * width }, () => random.bits() / 2 ** 31 - 1)
    const labels = Int32Array.from({ length: 8 }, (_, index) => index % 2)
    const examples = { count: 8, inputShape: plan.inputShape, inputs, labels }
    const trainer = await openTrainer(recipe, examples)
    const weights = initialWeights(plan, 1)
    const train = (epochs: number) =>
      trainer.train({ weights, epochs, seed: 1, progress: [0, 0.01], proximal: 0 })
    const [first, later] = [await train(1), await train(200)]
    await trainer.close()
    assert.ok(later.loss! < first.loss!, `${later.loss} after 200 steps, ${first.loss} at first`)
  })
