import assert from 'node:assert/strict'
import { createCipheriv, createHash } from 'node:crypto'
import test from 'node:test'
import type { DataCard, Entropy } from '@consort/protocol'
import { eventSchema, migrate } from '@consort/storage'
import { openTestDatabase } from '@consort/storage/testing/open-test-database'
import { keepInstead, type RegisteredDataset } from '../datasets/dataset-store.ts'
import { publishedCount, trueCounts } from '../datasets/noised-counts.ts'
import { privacyPolicySchema } from '../policy/privacy-policy.ts'
import { type NodeTables, nodeSchema } from '../tables/node-tables.ts'
import type { NoisedCounts } from '../tables/noised-counts.ts'
import { noiseCounts, noisyCount, scaleFor } from './noised-counts.ts'

const seed = 'noised counts'

function seeded(): Entropy {
  const key = createHash('sha256').update(seed).digest()
  const stream = createCipheriv('aes-256-ctr', key, Buffer.alloc(16))
  return { bytes: count => new Uint8Array(stream.update(new Uint8Array(count))) }
}

test('a count is told with noise about the truth, never below 1, and 0 as it is', () => {
  const entropy = seeded()
  const drawn = (examples: number, scale: number): number[] =>
    Array.from({ length: 2000 }, () => noisyCount(examples, { scale, entropy }))
  const far = drawn(1000, 20)
  const mean = far.reduce((sum, told) => sum + told, 0) / far.length
  const spread = far.reduce((sum, told) => sum + Math.abs(told - 1000), 0) / far.length
  // Deviations of the two means: 20 √2 / √2000 = 0.63 and 20 / √2000 = 0.45.
  assert.ok(Math.abs(mean - 1000) < 4, `${mean}, seed ${seed}`)
  assert.ok(Math.abs(spread - 20) < 3, `${spread}, seed ${seed}`)
  const near = drawn(2, 20)
  assert.ok(Math.min(...near) === 1 && Math.max(...near) > 20, 'noise alone would fall below 1')
  assert.deepEqual(new Set(drawn(0, 20)), new Set([0]))
})

test('the scale is 1/ε for a record, as many times that as one person may have of them', () => {
  const policy = (privacy: object) => privacyPolicySchema.parse(privacy)
  const person = { dataset: 'visits', epsilon: 1, person: 'who', recordsMax: 4 }
  assert.equal(scaleFor(policy({ cardEpsilon: 0.5, budgets: [person] }), 'visits'), 8)
  assert.equal(scaleFor(policy({ cardEpsilon: 0.5, budgets: [person] }), 'plane'), 2)
  assert.equal(scaleFor(policy({ budgets: [person] }), 'visits'), undefined)
  for (const cardEpsilon of [0, -1, 1e4]) assert.throws(() => policy({ cardEpsilon }))
})

const content = {
  dataset: 'plane',
  digest: 'sha256:rows',
  unitsDigest: 'sha256:units',
  validation: 0.2,
  cases: 0,
}
const counts = { train: 80_000, evaluation: 20_000 }

/** What stands on it is not what is drawn by. */
const someCard: DataCard = {
  kind: 'data-card',
  id: 'crd_0000000000000000',
  member: 'mem_0000000000000000',
  dataset: 'plane',
  role: 'train',
  contents: { kind: 'table', columns: ['x'] },
  trainExamples: 1,
  evaluationExamples: 1,
}

/** A node that has drawn for some cards before. */
async function openDrawn(t: test.TestContext, cardEpsilon = 0.001) {
  const database = await openTestDatabase<NodeTables>()
  t.after(() => database.destroy())
  await migrate(database, [eventSchema, nodeSchema])
  const privacy = { epsilon: cardEpsilon }
  const policy = { read: () => ({ privacy: privacyPolicySchema.parse({ cardEpsilon: privacy.epsilon }) }) }
  const context = { entropy: seeded(), database, policy }
  let cards = 0
  const draw = async (
    changed: Partial<typeof content & { counts: typeof counts }>,
  ): Promise<NoisedCounts> => {
    const asked = { ...content, counts, ...changed }
    cards += 1
    const noised = (await noiseCounts(context, { ...asked, card: `crd_${cards}` }))!
    const { counts: _, ...columns } = asked
    const registered: RegisteredDataset = {
      ...columns,
      id: `crd_${cards}`,
      source: { kind: 'csv', path: '/rows.csv', label: 'state', missing: [] },
      signedCard: { document: someCard, signatures: [] },
      schema: null,
      signedStatistics: null,
      noised,
      isPublished: false,
      registered: String(cards),
    }
    await database.transaction().execute(transaction => keepInstead(transaction, registered))
    return noised
  }
  return { draw, privacy }
}

test('noise is drawn once for the same records, under any name; anything else is drawn anew', async t => {
  const { draw, privacy } = await openDrawn(t)
  const first = await draw({})
  assert.notEqual(first.train.told, counts.train)
  assert.deepEqual(await draw({}), first)
  assert.deepEqual(await draw({ dataset: 'other' }), first)
  // Scale 1000: two draws are equal once in four thousand times, and the seed is fixed.
  const others = [
    { digest: 'sha256:other' },
    { unitsDigest: 'sha256:others' },
    { validation: 0.3 },
    { counts: { train: 80_001, evaluation: 19_999 } },
  ]
  for (const changed of others) {
    const other = await draw(changed)
    assert.notEqual(other.train.told, first.train.told, JSON.stringify(changed))
    assert.notEqual(other.evaluation.told, first.evaluation.told, JSON.stringify(changed))
  }
  privacy.epsilon = 0.002
  const milder = await draw({})
  assert.deepEqual([milder.scale, milder.train.drawnFor], [500, 'crd_8'])
  privacy.epsilon = 0.001
  assert.deepEqual(await draw({}), first, 'going to and fro draws nothing anew')
})

test('a data set that grows is drawn anew for what has grown, and for what it is under that name alone', async t => {
  const { draw } = await openDrawn(t)
  const first = await draw({})
  const grown = { cases: 5, counts: { ...counts, train: 80_005 } }
  const more = await draw(grown)
  assert.notEqual(more.train.told, first.train.told)
  assert.deepEqual(more.evaluation, first.evaluation)
  assert.deepEqual(await draw(grown), more)
  assert.notEqual((await draw({ ...grown, dataset: 'other' })).train.told, more.train.told)
})

test('what is told is the card’s number, for the registered number of examples only', () => {
  const side = { examples: 80, told: 93, drawnFor: 'crd_1' }
  const row = { noised: { scale: 9, train: side, evaluation: { ...side, examples: 20 } } }
  const signedCard = { document: { trainExamples: 93, evaluationExamples: 93 } }
  assert.equal(publishedCount(row, 'train', 80), 93)
  assert.throws(() => publishedCount(row, 'train', 93), { code: 'card-mismatch' })
  assert.equal(publishedCount({ noised: null }, 'train', 77), 77)
  assert.deepEqual(trueCounts({ ...row, signedCard }), { train: 80, evaluation: 20 })
  assert.deepEqual(trueCounts({ noised: null, signedCard }), { train: 93, evaluation: 93 })
})
