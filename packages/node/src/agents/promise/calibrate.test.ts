import assert from 'node:assert/strict'
import test from 'node:test'
import { gateViewOf, startVersionEvidence } from '@consort/agents'
import { createRandom, parseRecipe, type RecipeInput } from '@consort/protocol'
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

function examplesOf(count: number, seed: number) {
  const { uniform } = createRandom(seed)
  const inputs = Float32Array.from({ length: count }, () => 12 * uniform() - 6)
  const labels = Int32Array.from(inputs, x => (uniform() < 1 / (1 + Math.exp(-x)) ? 1 : 0))
  return { count, inputShape: [1], inputs, labels }
}

const rules = {
  alpha: 0.05,
  delta: 0.1,
  costs: { error: 1, price: 1, waiting: 0 },
  beta: null,
  exploration: { casesToDouble: null, forbiddenFor: [] },
}
const draws = { key: Buffer.alloc(32, 1), source: 'sha256:1' }

/** A version as it is put, with what its held-out records show. */
async function evidenceFor(
  predictor: Predictor,
  examples: Parameters<typeof calibrate>[1],
  changes: Partial<Parameters<typeof calibrate>[2]> = {},
) {
  const birth = {
    agent: 'a',
    version: 'ver_1',
    number: 1,
    at: '2026-01-01T00:00:00.000Z',
    after: null,
    lastCase: null,
  } as const
  const calibration = await calibrate(predictor, examples, { ...rules, ...changes }, draws)
  return startVersionEvidence(calibration, { ...rules, ...changes }, birth)
}

async function gateFor(...inputs: Parameters<typeof evidenceFor>) {
  return gateViewOf(await evidenceFor(...inputs))
}

test('temperature and threshold come out as the truth has them', async () => {
  const calibrated = await evidenceFor(predictorOf(3), examplesOf(8000, 1))
  const { calibrator, records } = calibrated.calibration
  assert.equal(records, 8000)
  assert.ok(calibrator.kind === 'temperature' && Math.abs(calibrator.temperature - 3) < 0.3)
  const gate = gateViewOf(calibrated)
  assert.ok(gate.kind === 'open' && gate.labels > 3800)
  // Over x uniform in ±6, the error among |x| ≥ t is 5 % at t = 1.3, where the confidence is 0.79; a grid is coarser.
  assert.ok(gate.threshold > 0.79 && gate.threshold < 0.93, `${gate.threshold}`)
  assert.ok(gate.share > 0.55 && gate.share < 0.79, `${gate.share}`)
})

test('too few records, or none, close the gate and say how many labels are missing', async () => {
  const none = await gateFor(predictorOf(1), undefined)
  assert.ok(none.kind === 'closed' && none.labels === 0 && none.labelsNeeded > 45)
  for (const count of [1, 2, 20]) {
    const gate = await gateFor(predictorOf(1), examplesOf(count, 2))
    assert.ok(gate.kind === 'closed' && gate.labelsNeeded > 0, `${count}`)
  }
})

test('a version that was chosen by these records pays for the choice, and so does a policy of many stages', async () => {
  const deltaOf = async (...inputs: Parameters<typeof evidenceFor>) =>
    (await evidenceFor(...inputs)).guarantee.evidence.delta
  const chosen = predictorOf(1, { stop: { patience: 3 }, federation: { rounds: 20 } })
  assert.equal(await deltaOf(chosen, undefined), 0.1 / 20)
  const annealed = { beta: 1, exploration: { casesToDouble: 100, forbiddenFor: [] } }
  assert.equal(await deltaOf(predictorOf(1), undefined, annealed), 0.1 / 7)
})

test('where a person is cheaper than the risk, the promise is about what would be answered', async () => {
  const examples = examplesOf(8000, 3)
  const all = await gateFor(predictorOf(1), examples)
  const choosy = await gateFor(predictorOf(1), examples, { costs: { error: 1, price: 0.02, waiting: 0 } })
  assert.ok(all.kind === 'open' && choosy.kind === 'open')
  // What the gate may let through is never answered below 0.98, so that every threshold keeps the promise.
  assert.ok(choosy.threshold < all.threshold)
})

test('the promise holds: over many sets of calibration records the error exceeds alpha at most as often as agreed', async () => {
  const fresh = examplesOf(20_000, 4)
  let broken = 0
  let open = 0
  const looks = 60
  for (let look = 0; look < looks; look++) {
    const gate = await gateFor(predictorOf(1), examplesOf(800, 100 + look))
    if (gate.kind === 'closed') continue
    open += 1
    const least = Math.log(gate.threshold / (1 - gate.threshold))
    const answered = [...fresh.inputs.keys()].filter(index => Math.abs(fresh.inputs[index]!) >= least)
    const wrong = answered.filter(index => (fresh.inputs[index]! > 0 ? 1 : 0) !== fresh.labels[index])
    if (wrong.length / answered.length > rules.alpha) broken += 1
  }
  assert.ok(open > looks / 2, `${open} open`)
  assert.ok(broken <= looks * rules.delta + 3 * Math.sqrt(looks * rules.delta), `${broken} of ${looks}`)
})

test('records that stay in the columns of a table are calibrated on as their numbers would be', async () => {
  const examples = examplesOf(700, 5)
  const values = Float64Array.from(examples.inputs, x => 2 * x + 1)
  const column = { kind: 'numbers', values, slot: 0, center: 1, scale: 2 } as const
  const rows = Int32Array.from({ length: 700 }, (_, row) => row)
  const streamed = { ...examples, inputs: { rows, columns: [column] } }
  assert.deepEqual(await evidenceFor(predictorOf(3), streamed), await evidenceFor(predictorOf(3), examples))
})
