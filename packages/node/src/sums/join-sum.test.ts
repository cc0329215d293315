import assert from 'node:assert/strict'
import test from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { surveyContext } from '@consort/federation'
import type { RoundContext } from '@consort/privacy'
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
import { sql } from 'kysely'
import { type NodeTables, nodeSchema } from '../tables/node-tables.ts'
import { createSumHub, type SumHub } from '../testing/sum-hub.ts'
import { joinSum } from './join-sum.ts'
import { statesOfRun } from './sum-store.ts'
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

/** One member of the sum, whose disk is full from the moment at which it has sent so many messages. */
async function joinAs(name: string, hub: SumHub, of: { fullAfter: number; signal: AbortSignal }) {
  const database = openSqlite<NodeTables>(':memory:')
  await migrate(database, [eventSchema, nodeSchema])
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
  await database.destroy()
  return { sent, unkept, error }
}

/** What member a has sent in a sum of four when its disk was full from its so-manieth message on. */
async function sumOfFour(fullAfter: number) {
  const hub = createSumHub(sum)
  const ending = new AbortController()
  const others = ['b', 'c', 'd'].map(name =>
    joinAs(name, hub, { fullAfter: kinds.length, signal: ending.signal }),
  )
  const own = await joinAs('a', hub, { fullAfter, signal: ending.signal })
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
