import assert from 'node:assert/strict'
import test from 'node:test'
import { exposuresOf } from '@consort/privacy'
import { createKeyPair, type PrivacyStatement, signDocument } from '@consort/protocol'
import { putPrivacyStatement } from '../../handlers/budgets/privacy-statement.ts'
import { getModel } from '../../handlers/models/get-model.ts'
import { listModels } from '../../handlers/models/list-models.ts'
import { listRuns } from '../../handlers/runs/show-runs.ts'
import { findCard } from '../../members/card-store.ts'
import { sweepCards } from '../../members/sweep-cards.ts'
import { cards, ended, later, madeBy, openPastRun } from '../../testing/open-past-run.ts'
import { cardsOfVersion } from '../lineage/origin-of-version.ts'
import { fullRunsBefore, keepState, readRun, runWithKey } from '../run-store.ts'
import { runView } from '../run-view.ts'
import { sumsOfRuns } from '../secure/sums-of-runs.ts'
import { createTraffic } from '../traffic.ts'
import { keptVersions } from '../version-store.ts'
import { condensedOr, hadTask, keepCondensed } from './condensed-run-store.ts'
import { namedCards } from './named-cards.ts'

type PastRun = Awaited<ReturnType<typeof openPastRun>>

const traffic = createTraffic()

/** What is said of a run and its model to whoever asks, but for rounds that are not that of its result. */
async function saidOf({ database, run: id }: PastRun) {
  const run = await readRun(database, id)
  const { history, isCondensed: _, ...view } = await runView({ database, traffic }, run)
  const page = { query: { limit: 50 } } as never
  const sums = await sumsOfRuns(database as never, [id])
  return {
    view,
    round: history.filter(({ round }) => round === 2),
    runs: await listRuns({ database, traffic })(page),
    model: await getModel({ database })({ params: { version: madeBy(2) } } as never),
    models: await listModels({ database })(page),
    lineage: await cardsOfVersion(database, madeBy(2)),
    // What another run of the recipe says together with this one.
    exposed: exposuresOf([...sums, { round: 1, survivors: ['b', 'c', 'd'] }]),
    opened: await runWithKey(database, 'k'),
  }
}

test('what is said of a run that ended is the same after its rows went, and after each step of it', async () => {
  for (const steps of [1, 2, 3, 4, Number.POSITIVE_INFINITY]) {
    await using past = await openPastRun()
    const before = await saidOf(past)
    const { lineage, evaluations } = before.model
    assert.deepEqual(
      lineage.map(({ member, card }) => [member, card]),
      [
        ['a', past.card],
        ['b', cards.b],
      ],
      'what came after the best round is not in it',
    )
    assert.deepEqual(
      evaluations.map(({ member, metrics }) => [member, metrics.values.accuracy]),
      [
        ['a', 0.5],
        ['judge', 0.8],
      ],
    )
    assert.equal(before.view.exposures[0]?.fact, 'of round 3')
    assert.deepEqual(
      before.exposed.map(({ members }) => members.join()),
      ['a', 'd', 'b,c'],
    )
    await past.sweep(later, steps)
    assert.deepEqual(await saidOf(past), before, `after ${steps} steps`)
  }
})

test('what sums say together is not forgotten when a later sum comes to nothing', async () => {
  await using past = await openPastRun()
  const { database } = past
  // Members opened their shares of a fourth round, and too few of these came: it was discarded.
  const row = await database
    .selectFrom('aggregation')
    .selectAll()
    .where('round', '=', 2)
    .where('attempt', '=', 1)
    .executeTakeFirstOrThrow()
  await database
    .insertInto('aggregation')
    .values({ ...row, round: 4, opened: 1, exposures: '[]' as never })
    .execute()
  const facts = async () => {
    const { exposures } = await runView({ database, traffic }, await readRun(database, past.run))
    return exposures.map(({ fact }) => fact)
  }
  assert.deepEqual(await facts(), ['of round 3'])
  await past.sweep()
  assert.deepEqual(await facts(), ['of round 3'])
})

test('rounds, tasks, sums and versions that are no result go; the round of the result is shown', async () => {
  await using past = await openPastRun()
  const rows = async () =>
    await Promise.all(
      (['task', 'round', 'aggregation', 'aggregation_message', 'version'] as const).map(past.rows),
    )
  assert.deepEqual(await rows(), [13, 3, 4, 1, 4])
  // A crash left weights that are no result's.
  assert.deepEqual(await past.blobs.scopes(), [madeBy(2), madeBy(3)])
  await past.sweep()
  assert.deepEqual(await rows(), [0, 0, 0, 0, 1])
  assert.deepEqual(await past.blobs.scopes(), [madeBy(2)])
  assert.deepEqual(await keptVersions(past.database, past.run), [madeBy(2)])
  const run = await readRun(past.database, past.run)
  const view = await runView({ database: past.database, traffic }, run)
  assert.deepEqual([view.isCondensed, view.history.map(({ round }) => round)], [true, [2]])
  const [round] = view.history
  assert.deepEqual(
    round?.members.map(({ name, outcome, weight, failure }) => [name, outcome, weight, failure?.code]),
    [
      ['a', 'received', 1, undefined],
      ['b', 'failed', null, 'internal'],
    ],
  )
  const from = await runView({ database: past.database, traffic }, run, 3)
  assert.deepEqual(from.history, [], 'nobody asked for it')
})

test('of a run that has no result its last round is shown, and no record is in one', async () => {
  await using past = await openPastRun()
  const { database } = past
  const run = await readRun(database, past.run)
  const reason = { kind: 'partners-missing', waitingFor: 'b' } as const
  const state = { phase: 'failed', round: 3, reason } as const
  await database
    .transaction()
    .execute(async trx => keepState(trx, run, { state, ended: ended.toISOString(), bytes: run.bytes }))
  const shown = async () => (await runView({ database, traffic }, await readRun(database, past.run))).history
  const last = (await shown()).at(-1)
  assert.equal(last?.round, 3)
  await past.sweep()
  assert.deepEqual(await shown(), [last])
  const parts = await database
    .selectFrom('condensed_card')
    .select('part')
    .distinct()
    .orderBy('part')
    .execute()
  assert.deepEqual(
    parts.map(({ part }) => part),
    ['evaluated', 'trained'],
  )
})

test('nothing of another run goes with one, and nothing of it is said of that one', async () => {
  await using past = await openPastRun()
  const { database } = past
  const other = 'run_0000000000000001'
  const row = await database.selectFrom('run').selectAll().executeTakeFirstOrThrow()
  const round = await database.selectFrom('round').selectAll().executeTakeFirstOrThrow()
  const version = await database
    .selectFrom('version')
    .selectAll()
    .where('id', '=', madeBy(3))
    .executeTakeFirstOrThrow()
  const twin = { ...row, id: other, idempotency_key: 'k2', ended: null } as const
  await database.insertInto('run').values(twin).execute()
  await database
    .insertInto('round')
    .values({ ...round, run: other })
    .execute()
  await database
    .insertInto('version')
    .values({ ...version, id: madeBy(4), run: other })
    .execute()
  await past.sweep()
  for (const table of ['round', 'version'] as const) {
    const left = await database.selectFrom(table).select('run').where('run', '=', other).execute()
    assert.equal(left.length, 1, table)
  }
  await database.updateTable('run').set({ ended: row.ended }).where('id', '=', other).execute()
  assert.deepEqual(await fullRunsBefore(database, later), [other])
  const judge = await findCard(database, cards.judge)
  const { member } = judge!.document
  const kept = { round: null, exposures: [], sums: [] }
  const used = [{ member, card: cards.judge, part: 'in-result' as const }]
  await database.transaction().execute(async trx => keepCondensed(trx, other, { ...kept, cards: used }))
  const lineage = await cardsOfVersion(database, madeBy(2))
  assert.deepEqual(
    lineage.map(({ document }) => document.id),
    [past.card, cards.b].toSorted(),
  )
  assert.equal(await hadTask(database, { run: other, member: past.b, card: cards.b }), false)
  assert.equal(await hadTask(database, { run: past.run, member: past.b, card: cards.b }), true)
})

test('a run that ended after the moment, or goes on, stays whole', async () => {
  await using past = await openPastRun()
  const { database } = past
  await past.sweep(ended)
  assert.equal(await past.rows('task'), 13)
  await database.updateTable('run').set({ ended: null }).execute()
  await past.sweep()
  assert.equal(await past.rows('task'), 13)
})

test('a sweep that was cut off goes on where it was, and one that is done is not begun again', async () => {
  await using past = await openPastRun()
  await past.sweep(later, 1)
  assert.deepEqual([await past.rows('task'), await past.rows('round')], [0, 3])
  await past.sweep()
  assert.equal(await past.rows('round'), 0)
  assert.deepEqual(await fullRunsBefore(past.database, later), [])
})

test('who reads a run while it is condensed is told what stays, not what is left of its rows', async () => {
  await using past = await openPastRun()
  const round = await condensedOr(past.database, past.run, {
    condensed: kept => kept.round?.round,
    async rows() {
      await past.sweep()
      return undefined
    },
  })
  assert.equal(round, 2)
})

test('a run that cannot be read keeps no other from being condensed, and is told of', async () => {
  await using past = await openPastRun()
  const { database } = past
  const row = await database.selectFrom('run').selectAll().executeTakeFirstOrThrow()
  const broken = { ...row, id: 'run_0000000000000001', idempotency_key: 'k2', state: '{}' as never } as const
  await database
    .insertInto('run')
    .values({ ...broken, ended: new Date(0).toISOString() })
    .execute()
  await assert.rejects(past.sweep(), /The column run.state/)
  assert.equal(await past.rows('task'), 0)
})

test('cards of the records that a condensed run was trained on stay, and those that only tested it go', async () => {
  await using past = await openPastRun()
  const { database } = past
  await past.sweep()
  await database.updateTable('data_card').set({ current: 0 }).execute()
  for await (const _ of sweepCards(database, later, namedCards));
  const left = await Promise.all(
    [past.card, cards.b, cards.later, cards.judge].map(id => findCard(database, id)),
  )
  assert.deepEqual(
    left.map(card => card !== undefined),
    [true, true, true, false],
  )
})

test('a member may still say what a condensed run has disclosed of its records, and of no others', async () => {
  await using past = await openPastRun()
  await past.sweep()
  const key = createKeyPair()
  const put = putPrivacyStatement({ ...past, key: createKeyPair(), now: () => later })
  const say = async (card: PrivacyStatement['card']) => {
    const document: PrivacyStatement = {
      ...{ kind: 'privacy-statement', member: past.b, run: past.run, card, unit: 'record' },
      ...{ epsilon: 1, delta: 1e-6, budget: 2, exempt: {} },
    }
    const caller = { ...past.caller, id: past.b, key: key.publicKey }
    await put({ body: { document, signatures: [signDocument(document, key)] }, caller } as never)
  }
  await say(cards.later)
  await assert.rejects(say(past.card), { code: 'not-found' })
  const model = await getModel(past)({ params: { version: madeBy(2) } } as never)
  assert.deepEqual(
    model.privacy?.map(({ member, epsilon }) => [member, epsilon]),
    [['b', 1]],
  )
})
