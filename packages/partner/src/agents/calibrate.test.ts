import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import test from 'node:test'
import { parseRecipe, type RecipeInput } from '@consort/protocol'
import type { Predictor } from '@consort/serving'
import { calibrate } from './calibrate.ts'

const recipe = {
  recipe: 1,
  name: 'line',
  dataset: 'line',
  task: { kind: 'classification', classes: ['no', 'yes'] },
  input: { kind: 'table', features: [{ name: 'x', kind: 'number' }] },
  model: { kind: 'logistic' },
} as const satisfies RecipeInput

/** A model whose logit is `steepness` times the input, where the truth is logistic with steepness 1. */
function predictorOf(steepness: number, changes: Partial<RecipeInput> = {}): Predictor {
  return {
    recipe: parseRecipe({ ...recipe, ...changes }),
    classes: recipe.task.classes,
    score: async inputs =>
      Float32Array.from({ length: 2 * inputs.length }, (_, index) =>
        index % 2 === 0 ? 0 : steepness * inputs[index >> 1]!,
      ),
    embed: async inputs => inputs,
    [Symbol.asyncDispose]: async () => {},
  }
}

/** Numbers in [0, 1) that repeat for a seed. */
function uniformsOf(seed: string): () => number {
  let count = 0
  return () => {
    count += 1
    return createHash('sha256').update(`${seed} ${count}`).digest().readUIntBE(0, 6) / 2 ** 48
  }
}

function examplesOf(count: number, seed: string) {
  const uniform = uniformsOf(seed)
  const inputs = Float32Array.from({ length: count }, () => 12 * uniform() - 6)
  const labels = Int32Array.from(inputs, x => (uniform() < 1 / (1 + Math.exp(-x)) ? 1 : 0))
  return { count, inputShape: [1], inputs, labels }
}

const rules = {
  alpha: 0.05,
  delta: 0.1,
  costs: { error: 1, price: 1, waiting: 0 },
  beta: Number.POSITIVE_INFINITY,
}
const draws = () => ({ key: Buffer.alloc(32, 1), uniform: uniformsOf('draws') })

test('temperature and threshold come out as the truth has them', async () => {
  const { temperature, gate, records } = await calibrate(
    predictorOf(3),
    examplesOf(8000, 'a'),
    rules,
    draws(),
  )
  assert.equal(records, 8000)
  assert.ok(Math.abs(temperature - 3) < 0.3, `${temperature}`)
  assert.ok(gate.kind === 'open')
  // Over x uniform in ±6, the error among |x| ≥ t is 5 % at t = 1.3, where the confidence is 0.79; a grid is coarser.
  assert.ok(gate.threshold > 0.79 && gate.threshold < 0.93, `${gate.threshold}`)
  assert.ok(gate.bound <= rules.alpha && gate.wrong < rules.alpha * gate.answered)
  assert.ok(gate.share > 0.55 && gate.share < 0.79, `${gate.share}`)
})

test('too few records, or none, close the gate and say how many labels are missing', async () => {
  const none = await calibrate(predictorOf(1), undefined, rules, draws())
  assert.deepEqual(none, { temperature: 1, records: 0, gate: { kind: 'closed', labelsNeeded: 45 } })
  for (const count of [1, 2, 20]) {
    const { gate } = await calibrate(predictorOf(1), examplesOf(count, 'b'), rules, draws())
    assert.ok(gate.kind === 'closed' && gate.labelsNeeded > 0, `${count}`)
  }
})

test('a version that was chosen by these records pays for the choice', async () => {
  const chosen = predictorOf(1, { stop: { patience: 3 }, federation: { rounds: 20 } })
  const { gate } = await calibrate(chosen, undefined, rules, draws())
  assert.deepEqual(gate, { kind: 'closed', labelsNeeded: 104 }) // ln(0.1 / 20) / ln(0.95)
})

test('where a person is cheaper than the risk, only what would be answered is counted', async () => {
  const examples = examplesOf(8000, 'c')
  const all = await calibrate(predictorOf(1), examples, rules, draws())
  const costs = { error: 1, price: 0.02, waiting: 0 }
  const choosy = await calibrate(predictorOf(1), examples, { ...rules, costs }, draws())
  assert.ok(all.gate.kind === 'open' && choosy.gate.kind === 'open')
  assert.ok(choosy.gate.answered < all.gate.answered && choosy.gate.share < all.gate.share)
  assert.ok(choosy.gate.wrong / choosy.gate.answered < 0.02)
})

test('the promise holds: over many sets of calibration records the error exceeds alpha at most as often as agreed', async () => {
  const fresh = examplesOf(20_000, 'fresh')
  let broken = 0
  const looks = 60
  for (let look = 0; look < looks; look++) {
    const { gate } = await calibrate(predictorOf(1), examplesOf(800, `look ${look}`), rules, draws())
    if (gate.kind === 'closed') continue
    const least = Math.log(gate.threshold / (1 - gate.threshold))
    const answered = [...fresh.inputs.keys()].filter(index => Math.abs(fresh.inputs[index]!) >= least)
    const wrong = answered.filter(index => (fresh.inputs[index]! > 0 ? 1 : 0) !== fresh.labels[index])
    if (wrong.length / answered.length > rules.alpha) broken += 1
  }
  assert.ok(broken <= looks * rules.delta + 3 * Math.sqrt(looks * rules.delta), `${broken} of ${looks}`)
})
