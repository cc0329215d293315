import assert from 'node:assert/strict'
import test from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { surveyContext } from '@consort/federation'
import { exposuresOf, type RoundContext } from '@consort/privacy'
import {
  canonicalJson,
  createKeyPair,
  digestOfJson,
  type MemberMessage,
  Refusal,
  type Survey,
} from '@consort/protocol'
import { eventSchema, migrate, openLocalBlobs, openSqlite } from '@consort/storage'
import { createLossyFiles } from '@consort/storage/testing'
import { type Kysely, sql } from 'kysely'
import { type KeptSum, overSumOf, survivorsOf } from '../tables/kept-sum.ts'
import { type NodeTables, nodeSchema } from '../tables/node-tables.ts'
import { createSumHub, type SumHub } from '../testing/sum-hub.ts'
import { joinSum } from './join-sum.ts'
import { ownAttempt } from './own-attempt.ts'
import { keepState } from './sum-state.ts'
import { allStates, replaceState, statesOfRun } from './sum-store.ts'
import { sweepSums } from './sweep-sums.ts'
import { keepWork } from './work-store.ts'

const digest = digestOfJson('x')
const survey: Survey = {
  ...{ kind: 'survey', id: 'srv_0000000000000001', dataset: 'd', agreement: digest, roster: digest },
  questions: [{ kind: 'candidates', field: 'sex', candidates: ['f', 'm'] }],
  ...{ rowsMax: 100, epsilon: 1, delta: 1e-6, withinMs: 60_000 },
}
const keys = new Map(['a', 'b', 'c', 'd'].map(name => [name, createKeyPair()]))
const members = [...keys].map(([name, { publicKey }]) => ({ name, key: publicKey }))
const sum = surveyContext({ survey, attempt: 1, members })
const kinds: readonly MemberMessage['kind'][] = [
  'advertisement',
  'dealt-shares',
  'masked-input',
  'survivor-signature',
  'opened-shares',
]

async function openNodeDatabase(): Promise<Kysely<NodeTables>> {
  const database = openSqlite<NodeTables>(':memory:')
  await migrate(database, [eventSchema, nodeSchema])
  return database
}

/** One member of the sum, whose disk is full from the moment at which it has sent so many messages. */
async function joinAs(
  name: string,
  hub: SumHub,
  of: { fullAfter: number; signal: AbortSignal; database?: Kysely<NodeTables> },
) {
  const database = of.database ?? (await openNodeDatabase())
  const sent: MemberMessage['kind'][] = []
  const unkept: MemberMessage['kind'][] = []
  const fill = sql`create trigger full before insert on secure_sum begin select raise(abort, 'disk is full'); end`
  if (of.fullAfter === 0) await fill.execute(database)
  const log = { warn() {} } as never
  const enrolment = { name, member: 'mem_0000000000000001' } as never
  const entropy = { bytes: (count: number) => crypto.getRandomValues(new Uint8Array(count)) }
  const blobs = openLocalBlobs(createLossyFiles(), '/data/blobs')
  const context = { database, blobs, key: keys.get(name)!, enrolment, entropy, now: () => new Date(0), log }
  const update = async (): Promise<Float32Array> => {
    const manifest = { bytes: 4, chunks: [{ digest, bytes: 4 }] }
    const work = { task: survey.id, manifest, outcome: null, at: new Date(0) }
    await database.transaction().execute(transaction => keepWork(transaction, work))
    return new Float32Array(sum.values)
  }
  const transport = {
    ...{ work: survey.id, run: survey.id, withinMs: 60_000, update, upload: async () => {} },
    context: async (): Promise<RoundContext> => sum,
    send: async (message: MemberMessage) => {
      const [kept] = await statesOfRun(database, survey.id)
      assert.ok(kept?.stage !== 'over')
      if (canonicalJson(kept?.message ?? null) !== canonicalJson(message)) unkept.push(message.kind)
      sent.push(message.kind)
      hub.take(message)
      if (sent.length === of.fullAfter) await fill.execute(database)
    },
    receive: async ({ kind }: MemberMessage) => {
      of.signal.throwIfAborted()
      await sleep(1)
      if (hub.isOver()) throw new Refusal('task-closed', 'The sum is over')
      return hub.after(kind, name)
    },
  }
  const error = await joinSum(context, transport, of.signal).catch(thrown => thrown)
  if (!of.database) await database.destroy()
  return { sent, unkept, error }
}

/** What member a has sent in a sum of four when its disk was full from its so-manieth message on. */
async function sumOfFour(fullAfter: number, database?: Kysely<NodeTables>) {
  const hub = createSumHub(sum)
  const ending = new AbortController()
  const others = ['b', 'c', 'd'].map(name =>
    joinAs(name, hub, { fullAfter: kinds.length, signal: ending.signal }),
  )
  const own = await joinAs('a', hub, { fullAfter, signal: ending.signal, ...(database && { database }) })
  if (fullAfter < kinds.length) ending.abort()
  await Promise.all(others)
  return { ...own, isOpened: hub.isOver() }
}

test('every message of a sum is kept, with the state that it belongs to, when it leaves', {
  timeout: 60_000,
}, async () => {
  const { sent, unkept, isOpened } = await sumOfFour(kinds.length)
  assert.deepEqual([sent, unkept, isOpened], [kinds, [], true])
})

test('a message whose state cannot be kept never leaves, at any stage', { timeout: 60_000 }, async () => {
  for (const fullAfter of kinds.keys()) {
    const { sent, error } = await sumOfFour(fullAfter)
    assert.deepEqual(sent, kinds.slice(0, fullAfter))
    assert.match(String(error), /disk is full/)
  }
})

/** Member a after it has opened a sum, with the state that it kept. */
async function opened() {
  const database = await openNodeDatabase()
  await sumOfFour(kinds.length, database)
  await sql`drop trigger full`.execute(database)
  const [state] = await statesOfRun(database, survey.id)
  assert.ok(state?.stage === 'unmasked')
  return { database, state }
}

async function sweep(database: Kysely<NodeTables>, before: Date, now = before): Promise<number> {
  let closed = 0
  for await (const rows of sweepSums(database, before, now)) closed += rows
  return closed
}

const [early, late] = [new Date(0), new Date(86_400_000)]

test('of an attempt that is over nothing stays that could answer, and a hub that asks again hears no second time', {
  timeout: 60_000,
}, async () => {
  const { database, state } = await opened()
  await using _ = { [Symbol.asyncDispose]: () => database.destroy() }
  assert.equal(await sweep(database, early), 0, 'not before its time')
  assert.equal(await sweep(database, late), 1)
  assert.equal(await sweep(database, late), 0)
  const [kept] = await statesOfRun(database, survey.id)
  const { run, round, attempt, recipe } = state.context
  assert.deepEqual(kept, {
    ...{ stage: 'over', reached: 'unmasked', context: { run, round, attempt, recipe } },
    survivors: state.survivors,
  })
  const alone = { fullAfter: kinds.length + 1, signal: new AbortController().signal, database }
  const again = await joinAs('a', createSumHub(sum), alone)
  assert.deepEqual(again.sent, [])
  assert.equal(again.error.code, 'state-conflict')
  await assert.rejects(
    database.transaction().execute(transaction => replaceState(transaction, state, late)),
    { code: 'state-conflict' },
  )
  assert.deepEqual(await statesOfRun(database, survey.id), [kept])
})

test('an attempt that was not opened is over too, and a later one at its round may begin', {
  timeout: 60_000,
}, async () => {
  const { database, state } = await opened()
  await using _ = { [Symbol.asyncDispose]: () => database.destroy() }
  const reached = (stage: 'masked' | 'unmasked', number: number): KeptSum => ({
    ...overSumOf(state),
    reached: stage,
    context: { ...overSumOf(state).context, attempt: number },
  })
  assert.equal(ownAttempt([reached('masked', 1)], { ...sum, attempt: 2 }), undefined)
  for (const [kept, attempt] of [
    [reached('masked', 1), 1],
    [reached('masked', 2), 1],
    [reached('unmasked', 1), 2],
  ] as const)
    assert.throws(() => ownAttempt([kept], { ...sum, attempt }), { code: 'state-conflict' })
  assert.equal(ownAttempt([reached('unmasked', 1)], { ...sum, round: 2 }), undefined, 'another round')
})

test('what sums reveal together is known of those that are over, too', { timeout: 60_000 }, async () => {
  const { database, state } = await opened()
  await using _ = { [Symbol.asyncDispose]: () => database.destroy() }
  const context = { database, key: keys.get('a')!, now: () => early }
  const fewer = { ...state, survivors: state.survivors.slice(1) }
  const exposures = async (run: string): Promise<unknown> => {
    await keepState(context, { ...fewer, context: { ...state.context, run } })
    const { text } = await database
      .selectFrom('event')
      .select('text')
      .orderBy('seq', 'desc')
      .executeTakeFirstOrThrow()
    await database.deleteFrom('secure_sum').where('run', '=', run).execute()
    return JSON.parse(text).body.exposures
  }
  const before = await exposures('srv_0000000000000002')
  assert.notDeepEqual(before, [])
  await sweep(database, late)
  assert.deepEqual(await exposures('srv_0000000000000003'), before)
  const signed = { ...state, stage: 'consistent' } as never
  assert.deepEqual(survivorsOf(overSumOf(signed)), state.survivors, 'a list that was signed counts as opened')
})

test('of many rounds the last stays and the last over the same members, and none before is begun again', {
  timeout: 60_000,
}, async () => {
  const { database, state } = await opened()
  await using _ = { [Symbol.asyncDispose]: () => database.destroy() }
  await database.deleteFrom('secure_sum').execute()
  const [all, run] = [state.survivors, 'run_0000000000000001']
  const survivors = [all, all.slice(1), all, null]
  for (const [index, those] of survivors.entries()) {
    const context = { ...overSumOf(state).context, run, round: index + 1 }
    const reached = those ? 'unmasked' : 'masked'
    const over: KeptSum = { stage: 'over', reached, context, survivors: those && [...those] }
    const row = { run, round: index + 1, attempt: 1, at: '', over: 1 } as const
    await database
      .insertInto('secure_sum')
      .values({ ...row, state: JSON.stringify(over) as never })
      .execute()
  }
  const saidWith = async () => {
    const sums = (await allStates(database)).flatMap(kept => {
      const signed = survivorsOf(kept)
      return signed ? [{ round: kept.context.round, survivors: signed }] : []
    })
    return exposuresOf([...sums, { round: 9, survivors: all.slice(0, -1) }])
  }
  const before = await saidWith()
  assert.ok(before.length > 0)
  await sweep(database, late)
  const kept = await statesOfRun(database, run)
  assert.deepEqual(
    kept.map(({ context }) => context.round),
    [2, 3, 4],
  )
  assert.deepEqual(await saidWith(), before)
  for (const round of [1, 2, 3, 4])
    assert.throws(() => ownAttempt(kept, { ...sum, run, round }), { code: 'state-conflict' }, `${round}`)
  assert.equal(ownAttempt(kept, { ...sum, run, round: 5 }), undefined)
  assert.equal(await sweep(database, late), 0)
})

test('of attempts at one round each is looked at by itself, and what goes on is not looked at', {
  timeout: 60_000,
}, async () => {
  const { database, state } = await opened()
  await using _ = { [Symbol.asyncDispose]: () => database.destroy() }
  const [all, run] = [state.survivors, 'run_0000000000000001']
  await database.updateTable('secure_sum').set({ run, round: 5, at: '1970-01-03T00:00:00.000Z' }).execute()
  for (const [round, attempt, reached, survivors] of [
    [1, 1, 'masked', null],
    [1, 2, 'unmasked', all.slice(1)],
    [2, 1, 'unmasked', all],
    [3, 1, 'consistent', all],
    [4, 1, 'masked', null],
  ] as const) {
    const context = { ...overSumOf(state).context, run, round, attempt }
    const over: KeptSum = { stage: 'over', reached, context, survivors: survivors && [...survivors] }
    await database
      .insertInto('secure_sum')
      .values({ run, round, attempt, at: '', over: 1, state: JSON.stringify(over) as never })
      .execute()
  }
  assert.equal(await sweep(database, late), 1)
  const left = await database
    .selectFrom('secure_sum')
    .select(['round', 'attempt'])
    .orderBy('round')
    .orderBy('attempt')
    .execute()
  assert.deepEqual(
    left.map(({ round, attempt }) => [round, attempt]),
    [
      [1, 2],
      [2, 1],
      [3, 1],
      [4, 1],
      [5, 1],
    ],
  )
})

test('an attempt from before times were kept counts from the first sweep', { timeout: 60_000 }, async () => {
  const { database } = await opened()
  await using _ = { [Symbol.asyncDispose]: () => database.destroy() }
  await database.updateTable('secure_sum').set({ at: '' }).execute()
  assert.equal(await sweep(database, early, late), 0)
  assert.equal(await sweep(database, late), 0)
  assert.equal(await sweep(database, new Date(2 * 86_400_000)), 1)
})
