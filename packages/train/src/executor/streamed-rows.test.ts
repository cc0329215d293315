import assert from 'node:assert/strict'
import test from 'node:test'
import { createRandom, parseRecipe, type RecipeInput } from '@consort/protocol'
import type { AnyExamples, CodesColumn, Examples, NumbersColumn } from '@consort/records'
import { inputRows } from '../input-rows.ts'
import { seededEntropy } from '../testing/seeded-entropy.ts'
import { openEngine } from '../worker/engine.ts'
import { openScorer } from './scorer.ts'
import { openTrainer } from './trainer.ts'

const base = {
  recipe: 1,
  name: 'streamed',
  dataset: 'patients',
  task: { kind: 'classification', classes: ['well', 'ill'] },
  input: {
    kind: 'table',
    features: [
      { name: 'age', kind: 'number', center: 50, scale: 12.3, missing: 'indicator' },
      { name: 'ward', kind: 'category', values: ['a', 'b'], missing: 'none' },
      { name: 'dose', kind: 'number', scale: 3 },
    ],
  },
  model: { kind: 'mlp', layers: [{ kind: 'dense', units: 6, activation: 'tanh' }] },
  optimiser: { kind: 'adam', learningRate: 0.05 },
  batchSize: 16,
} as const satisfies RecipeInput

const tableRows = 90
const random = createRandom(11)
const uniform = (): number => random.bits() / 2 ** 32
const ages = Array.from({ length: tableRows }, (_, row) => (row % 7 === 3 ? Number.NaN : 100 * uniform()))
const wards = Array.from({ length: tableRows }, (_, row) => (row % 5) - 1)
const doses = Array.from({ length: tableRows }, () => uniform() - 0.5)
/** Two of three rows, the later first. */
const rows = Int32Array.from({ length: 60 }, (_, place) => tableRows - 1 - Math.floor(1.5 * place))
const labels = Int32Array.from(rows, row => (doses[row]! > 0 ? 1 : 0))
const rest = { count: rows.length, inputShape: [5], labels }

/** What a model is given, said in other words. */
const dense: Examples = {
  ...rest,
  inputs: Float32Array.from(
    [...rows].flatMap(row => {
      const age = Number.isNaN(ages[row]!) ? [0, 1] : [(ages[row]! - 50) / 12.3, 0]
      return [...age, wards[row] === 0 ? 1 : 0, wards[row] === 1 ? 1 : 0, doses[row]! / 3]
    }),
  ),
}

const shared = (values: readonly number[]): Float64Array => {
  const array = new Float64Array(new SharedArrayBuffer(8 * values.length))
  array.set(values)
  return array
}
const nothing = { slot: 2, value: 0 }
const age: NumbersColumn = {
  ...{ kind: 'numbers', values: shared(ages), slot: 0, center: 50, scale: 12.3 },
  missing: { slot: 1, value: 1 },
}
const ward: CodesColumn = {
  ...{ kind: 'codes', codes: Int32Array.from(wards), missing: nothing },
  ...{ slots: Int32Array.of(2, 3, 2, 2), values: Float32Array.of(1, 1, 0, 0) },
}
const dose: NumbersColumn = {
  ...{ kind: 'numbers', values: shared(doses), slot: 4, center: 0, scale: 3 },
}
const streamed: AnyExamples = { ...rest, inputs: { rows, columns: [age, ward, dose] } }
/** The same codes in a byte each: −1 is 255. */
const inBytes: AnyExamples = {
  ...rest,
  inputs: { rows, columns: [age, { ...ward, codes: Uint8Array.from(wards) }, dose] },
}

/** The same numbers, those that are 0 left out. */
function sparse({ inputs, ...examples }: Examples): AnyExamples {
  const places = [...inputs.keys()].filter(place => inputs[place] !== 0)
  const starts = Int32Array.from(
    { length: examples.count + 1 },
    (_, row) => places.filter(place => place < row * 5).length,
  )
  const slots = Int32Array.from(places, place => place % 5)
  return {
    ...examples,
    inputs: { starts, slots, values: Float32Array.from(places, place => inputs[place]!) },
  }
}
const withoutZeros = sparse(dense)

const request = { epochs: 3, seed: 7, progress: [0, 1], proximal: 0 } as const

async function trainedOn(examples: AnyExamples, more: Partial<RecipeInput> = {}): Promise<Float32Array> {
  const recipe = parseRecipe({ ...base, ...more })
  const trainer = await openTrainer(recipe, examples, 1, seededEntropy('streamed'))
  const weights = new Float32Array(trainer.plan.layout.size).map((_, index) => ((index * 7) % 11) / 20 - 0.25)
  const result = await trainer.train({ ...request, weights })
  await trainer.close()
  assert.ok(result.weights.some((weight, index) => weight !== weights[index]))
  return result.weights
}

test('rows that stay in their columns become the numbers that a model takes, all or some of them', () => {
  for (const examples of [streamed, inBytes, withoutZeros]) {
    assert.deepEqual(inputRows(examples), dense.inputs)
    assert.deepEqual(inputRows(examples, 7, 20), dense.inputs.slice(7 * 5, 27 * 5))
  }
})

test('training on them gives the same weights bit for bit, with and without privacy', async () => {
  const plain = await trainedOn(dense)
  for (const examples of [streamed, inBytes, withoutZeros]) assert.deepEqual(await trainedOn(examples), plain)
  const privacy = { differentialPrivacy: { clip: 1, noiseMultiplier: 0.5 } }
  for (const examples of [streamed, withoutZeros])
    assert.deepEqual(await trainedOn(examples, { privacy }), await trainedOn(dense, { privacy }))
})

test('scores are the same, batch after batch, and so is what the thread of the engine does', async () => {
  const recipe = parseRecipe(base)
  const weights = await trainedOn(dense)
  const many = Int32Array.from({ length: 600 }, (_, place) => rows[place % rows.length]!)
  const repeated: AnyExamples = {
    ...{ count: many.length, inputShape: [5], labels: many.map(row => (doses[row]! > 0 ? 1 : 0)) },
    inputs: { rows: many, columns: [age, ward, dose] },
  }
  const [one, other] = [await openScorer(recipe, repeated), await openScorer(recipe, dense)]
  const scores = await other.score(weights)
  const all = Float32Array.from({ length: 2 * 600 }, (_, index) => scores[index % scores.length]!)
  assert.deepEqual(await one.score(weights), all)
  await Promise.all([one.close(), other.close()])

  await using engine = await openEngine({ recipe, threads: 1, data: { streamed, dense, withoutZeros } })
  const asked = { ...request, weights }
  const [there, here] = [await engine.train('streamed', asked), await engine.train('dense', asked)]
  assert.deepEqual(there.weights, here.weights)
  assert.deepEqual((await engine.train('withoutZeros', asked)).weights, here.weights)
  assert.deepEqual(await engine.evaluate('streamed', weights), await engine.evaluate('dense', weights))
})
