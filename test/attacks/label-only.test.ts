import assert from 'node:assert/strict'
import test from 'node:test'
import {
  areasOf,
  byBoundary,
  byConfidence,
  byNoise,
  errorOfChance,
  gap,
  gapScores,
  mean,
  overfitted,
  privateTraining,
  size,
  standardError,
  trainTable,
} from '@consort/attacks'

const models = 4
const limit = 0.5 + 3 * errorOfChance(models)
const promised = { epsilon: 0.5, delta: 1e-5, records: 80, batchSize: 20, epochs: 12, clip: 0.1, pace: 0.5 }

function assertNothingFound(areas: Readonly<Record<string, readonly number[]>>): void {
  for (const [attack, found] of Object.entries(areas))
    assert.ok(mean(found) <= limit, `${attack}: ${found.join(' ')}, limit ${limit}`)
}

/** In the mean over the same models, beyond three standard errors of the difference. */
function assertNoBetter(found: readonly number[], than: readonly number[]): void {
  const more = found.map((area, model) => area - than[model]!)
  assert.ok(mean(more) <= 3 * standardError(more), `${mean(found)} > ${mean(than)}`)
}

const attacks = { gap, byNoise }

test('an overfitted model gives its members away by labels alone, and by more questions more than by one', async () => {
  const areas = await areasOf(overfitted, { models, attacks: { ...attacks, byBoundary } })
  for (const found of Object.values(areas)) assert.ok(mean(found) > 0.7)
  assert.throws(() => assertNothingFound(areas))
  for (const many of [areas.byNoise, areas.byBoundary]) {
    assertNoBetter(areas.gap, many)
    assert.throws(() => assertNoBetter(many, areas.gap))
  }
})

test('with ε = 0.5 labels find nobody; a tenth of the noise is noticed', async () => {
  assertNothingFound(await areasOf(privateTraining(promised), { models, attacks }))
  const quieter = privateTraining(promised, { quieter: 10 })
  const broken = await areasOf(quieter, { models, attacks: { byNoise } })
  assert.throws(() => assertNothingFound(broken))
})

test('a confidence without decimals is a label; with one it says no more than labels do, with two it does', async () => {
  const { candidates, ask, isIn } = await trainTable(overfitted, { ...size, seed: 1 })
  const rounded = await byConfidence(0)({ candidates, ask, isIn }, 1)
  assert.deepEqual(rounded, await gapScores(candidates, ask))
  const areas = await areasOf(overfitted, {
    models,
    attacks: { byBoundary, one: byConfidence(1), two: byConfidence(2), all: byConfidence(15) },
  })
  assertNoBetter(areas.one, areas.byBoundary)
  // Two decimals, what a key has if nothing else is said, hide nothing of this: noise in training does.
  assert.throws(() => assertNoBetter(areas.two, areas.byBoundary))
  assertNoBetter(areas.all, areas.two)
})
