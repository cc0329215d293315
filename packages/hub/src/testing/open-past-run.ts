import type { Aggregator, RoundContext } from '@consort/privacy'
import {
  createKeyPair,
  type DataCard,
  digestOfBytes,
  digestOfJson,
  type Id,
  type MemberRole,
  type Metrics,
} from '@consort/protocol'
import { openLocalBlobs } from '@consort/storage'
import { createLossyFiles } from '@consort/storage/testing'
import { insertCard } from '../members/card-store.ts'
import { insertMember } from '../members/member-store.ts'
import { sweepRuns } from '../runs/condensed/sweep-runs.ts'
import { beginRound, endRound } from '../runs/round-store.ts'
import { keepState, readRun } from '../runs/run-store.ts'
import { insertTask, keepShare, settleTask } from '../runs/tasks/task-store.ts'
import { insertVersion, makeCurrent, publish, versionWeights } from '../runs/version-store.ts'
import { insertMessage, keepExposures, keepStage, openAttempt } from '../sums/attempt-store.ts'
import type { HubTransaction } from '../tables/hub-tables.ts'
import { openHubDatabase } from './open-hub-database.ts'

const digest = digestOfJson('x')
const bytes = Buffer.from('1234')
const chunk = { digest: digestOfBytes(bytes), bytes: 4 }
const keys = new Map(['a', 'b', 'c', 'd'].map(name => [name, createKeyPair()]))
const began = new Date(0)

/** When the run of `openPastRun` ended, and later moments. */
export const ended = new Date(Date.UTC(2026, 0, 10))
export const later = new Date(Date.UTC(2026, 5, 1))

/** The names of its rounds' versions: the second is the best. */
export const madeBy = (round: number): Id<'version'> => `ver_000000000000000${round}`
/** Cards of its members: `b` had another one in the last round. */
export const cards = {
  b: 'crd_00000000000000b1',
  later: 'crd_00000000000000b2',
  judge: 'crd_00000000000000e1',
} as const satisfies Record<string, Id<'card'>>
const members = { b: 'mem_00000000000000b0', judge: 'mem_00000000000000e0' } as const

/**
 * A hub with a run that ended with its second of three rounds as the best: `a` and `b` trained, `b` failed in the
 * second, and a judge tested each. Each round has a secure sum; the second one has an attempt that was given up, too.
 */
export async function openPastRun() {
  const hub = await openHubDatabase()
  await hub.keep()
  const { database, task } = hub
  const { run: id, card, member: a } = task.document
  const blobs = openLocalBlobs(createLossyFiles(), '/data/blobs')
  const run = await readRun(database, id)
  await database.transaction().execute(async transaction => {
    await addMembers(transaction)
    const weights = await versionWeights(transaction, run.version)
    let number = 0
    const ask = async (round: number, of: { member: Id<'member'>; card: Id<'card'> }, told: Told) => {
      const next: Id<'task'> = `tsk_${String(++number).padStart(16, '0')}`
      const work = typeof told === 'number' ? ('train' as const) : ('evaluate' as const)
      const document = { ...task.document, id: next, round, work, ...of }
      await insertTask(transaction, { ...task, document }, { version: run.version, opened: run.created })
      await settle(transaction, next, told)
    }
    for (const round of [1, 2, 3]) {
      const made = { id: madeBy(round), run: id, round, name: run.name, created: began.toISOString() }
      await insertVersion(transaction, { ...made, weights })
      const b = { member: members.b, card: round < 3 ? cards.b : cards.later }
      await ask(round, { member: a, card }, round === 2 ? 1 : 0.5)
      await ask(round, b, round === 2 ? 0 : 0.5)
      await ask(round, { member: a, card }, { examples: 10, values: { accuracy: 0.5, loss: round } })
      const test = { examples: 100, values: { accuracy: 0.6 + round / 10, loss: 1 } }
      await ask(round, { member: members.judge, card: cards.judge }, test)
      const candidates = [a, members.b].map((member, index) => ({
        ...{ member, name: 'ab'[index]!, drawn: true },
        cost: { latency: 0, dropouts: 0, size: 0, theta: 0, probability: 0.5 },
      }))
      await beginRound(transaction, { run: id, round, alpha: 1, candidates, started: began.toISOString() })
      await endRound(transaction, { run: id, round }, { version: madeBy(round), ended: ended.toISOString() })
      await addSum(transaction, contextOf(id, round, 1), round === 2 ? undefined : ['a', 'b', 'c', 'd'])
    }
    await addSum(transaction, contextOf(id, 2, 2), ['a', 'b', 'c'])
    await publish(transaction, madeBy(2))
    await makeCurrent(transaction, { id: madeBy(2), name: run.name })
    const state = { phase: 'done', because: 'patience', round: 3, best: 2 } as const
    await keepState(transaction, run, { state, ended: ended.toISOString(), bytes: run.bytes })
  })
  for (const scope of [madeBy(2), madeBy(3)]) await blobs.put(scope, chunk, bytes)
  return {
    ...hub,
    ...{ blobs, run: id, card, a, b: members.b },
    /** Takes so many steps of a sweep, or all. */
    async sweep(before = later, steps = Number.POSITIVE_INFINITY) {
      for await (const _ of sweepRuns({ database, blobs }, before)) if (--steps <= 0) return
    },
    rows: async (table: 'task' | 'round' | 'aggregation' | 'aggregation_message' | 'version') =>
      (await database.selectFrom(table).select('run').where('run', '=', id).execute()).length,
  }
}

/** Metrics, or an update's weight; 0 is an update that never came. */
type Told = number | Metrics

async function settle(transaction: HubTransaction, task: Id<'task'>, told: Told): Promise<void> {
  const at = began
  if (typeof told !== 'number') await settleTask(transaction, task, { state: 'received', metrics: told, at })
  else if (told > 0) await keepShare(transaction, task, { weight: told, at: at.toISOString() })
  else {
    const failure = { code: 'internal', reference: 'err-1' } as const
    await settleTask(transaction, task, { state: 'failed', failure, at })
  }
}

async function addMembers(transaction: HubTransaction): Promise<void> {
  const add = async (id: Id<'member'>, name: string, role: MemberRole) =>
    await insertMember(transaction, { id, name, role, key: createKeyPair().publicKey }, began)
  await add(members.b, 'b', 'partner')
  await add(members.judge, 'judge', 'evaluator')
  const own = { b: members.b, later: members.b, judge: members.judge }
  for (const name of ['b', 'later', 'judge'] as const) {
    const role = name === 'judge' ? 'test' : 'train'
    const size = role === 'test' ? [0, 100] : [name === 'b' ? 20 : 30, 0]
    const document: DataCard = {
      ...{ kind: 'data-card', id: cards[name], member: own[name], dataset: 'd', role },
      ...{ contents: { kind: 'table', columns: [] }, trainExamples: size[0]!, evaluationExamples: size[1]! },
    }
    await insertCard(transaction, { document, signatures: [] }, began)
  }
}

function contextOf(run: Id<'run'>, round: number, attempt: number): RoundContext {
  return {
    ...{ kind: 'secure-aggregation', agreement: null, run, round, attempt },
    ...{ model: digest, recipe: digest, roster: digest, groups: null, values: 1, clip: 1, weightCap: 1 },
    members: [...keys].map(([name, { publicKey: key }]) => ({ name, key, weight: 1 })),
  }
}

/** An attempt that was opened over these, or one that was left while messages came in. */
async function addSum(
  transaction: HubTransaction,
  context: RoundContext,
  survivors: string[] | undefined,
): Promise<void> {
  const { round, attempt } = context
  const key = { run: context.run as Id<'run'>, round, attempt }
  await openAttempt(transaction, key.run, context, null)
  if (survivors === undefined) {
    const message = { kind: 'advertisement', member: 'a', context: digest } as never
    return await insertMessage(transaction, key, message)
  }
  const state: Aggregator = {
    ...{ stage: 'opened', context, digest, advertisements: [], secrets: [] },
    survivors,
  }
  await keepStage(transaction, key, { state, deadline: null, isOpened: true })
  await keepExposures(transaction, key, [{ members: ['c'], rounds: [1, round], fact: `of round ${round}` }])
}
