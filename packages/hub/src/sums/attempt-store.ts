import {
  type Aggregator,
  type Exposure,
  exposureSchema,
  type Opened,
  openAggregation,
  parseAggregator,
  type RoundContext,
  withKept,
} from '@consort/privacy'
import { type Id, type MemberMessage, memberMessageSchema, Refusal } from '@consort/protocol'
import { jsonColumn } from '@consort/storage'
import { z } from 'zod'
import type { HubDatabase, HubTransaction } from '../tables/hub-tables.ts'
import type { SumOwnerId } from '../tables/sum-tables.ts'
import { collects, isCollecting } from './stage.ts'

const states = jsonColumn('aggregation.state', { parse: parseAggregator })
const exposures = jsonColumn<readonly Exposure[]>('aggregation.exposures', z.array(exposureSchema))
const messages = jsonColumn('aggregation_message.message', memberMessageSchema)

/** Which attempt: at the sum of a round of a run, or of a survey, whose only round is 1. */
export interface AttemptKey<Owner extends SumOwnerId = SumOwnerId> {
  readonly run: Owner
  readonly round: number
  /** From 1. */
  readonly attempt: number
}

/** One attempt at a sum: its stage, with the messages that have come in it. */
export interface Attempt<Owner extends SumOwnerId = SumOwnerId> extends AttemptKey<Owner> {
  readonly state: Aggregator
  /** Milliseconds since 1970; null for the first stage of a run's round, whose end is that of the training. */
  readonly deadline: number | null
  /** Members may have opened shares: they take part in no other attempt at this round. */
  readonly isOpened: boolean
}

/** Begins an attempt at a sum. `deadline` is that of the first stage, in milliseconds since 1970. */
export async function openAttempt(
  transaction: HubTransaction,
  owner: SumOwnerId,
  context: RoundContext,
  deadline: number | null,
): Promise<void> {
  const { round, attempt } = context
  const state = states.write(openAggregation(context))
  await transaction
    .insertInto('aggregation')
    .values({ run: owner, round, attempt, state, deadline, opened: 0, exposures: exposures.write([]) })
    .execute()
}

/** Reads the latest attempt at a sum, with all that has come in its current stage. Throws `not-found`. */
export async function readAttempt<Owner extends SumOwnerId>(
  database: HubDatabase,
  run: Owner,
  round: number,
): Promise<Attempt<Owner>> {
  const row = await database
    .selectFrom('aggregation')
    .select(['attempt', 'state', 'deadline', 'opened'])
    .where('run', '=', run)
    .where('round', '=', round)
    .orderBy('attempt', 'desc')
    .executeTakeFirst()
  if (!row) throw new Refusal('not-found', 'This round has no secure sum')
  const { attempt } = row
  const state = states.read(row.state)
  const kept = isCollecting(state)
    ? await messagesOf(database, { run, round, attempt }, collects[state.stage])
    : []
  return {
    run,
    round,
    attempt,
    deadline: row.deadline === null ? null : Number(row.deadline),
    isOpened: row.opened === 1,
    state: withKept(state, kept),
  }
}

async function messagesOf(
  database: HubDatabase,
  { run, round, attempt }: AttemptKey,
  kind: MemberMessage['kind'],
): Promise<MemberMessage[]> {
  const rows = await database
    .selectFrom('aggregation_message')
    .select('message')
    .where('run', '=', run)
    .where('round', '=', round)
    .where('attempt', '=', attempt)
    .where('kind', '=', kind)
    .execute()
  return rows.map(({ message }) => messages.read(message))
}

/** Keeps the stage that an attempt has come to. What it collected before goes once it is over. */
export async function keepStage(
  transaction: HubTransaction,
  { run, round, attempt }: AttemptKey,
  { state, deadline, isOpened }: Pick<Attempt, 'state' | 'deadline' | 'isOpened'>,
): Promise<void> {
  await transaction
    .updateTable('aggregation')
    .set({ state: states.write(state), deadline, opened: isOpened ? 1 : 0 })
    .where('run', '=', run)
    .where('round', '=', round)
    .where('attempt', '=', attempt)
    .execute()
  if (isCollecting(state)) return
  await transaction
    .deleteFrom('aggregation_message')
    .where('run', '=', run)
    .where('round', '=', round)
    .where('attempt', '=', attempt)
    .execute()
}

/** Finds the message of this kind that a member has sent in an attempt. */
export async function findMessage(
  database: HubDatabase,
  { run, round, attempt }: AttemptKey,
  { kind, member }: Pick<MemberMessage, 'kind' | 'member'>,
): Promise<MemberMessage | undefined> {
  const row = await database
    .selectFrom('aggregation_message')
    .select('message')
    .where('run', '=', run)
    .where('round', '=', round)
    .where('attempt', '=', attempt)
    .where('kind', '=', kind)
    .where('member', '=', member)
    .executeTakeFirst()
  return row && messages.read(row.message)
}

/** Keeps a member's message; the first one of its kind stays. */
export async function insertMessage(
  transaction: HubTransaction,
  { run, round, attempt }: AttemptKey,
  message: MemberMessage,
): Promise<void> {
  const { kind, member } = message
  await transaction
    .insertInto('aggregation_message')
    .values({ run, round, attempt, kind, member, message: messages.write(message) })
    .onConflict(conflict => conflict.doNothing())
    .execute()
}

/** A sum that was opened, and whose it is. */
export interface OpenedAttempt {
  readonly run: SumOwnerId
  readonly round: number
  readonly survivors: Opened['survivors']
}

/** Lists the opened sums of these runs, in the order of runs and rounds. */
export async function openedSums(
  database: HubDatabase,
  runs: readonly Id<'run'>[],
): Promise<OpenedAttempt[]> {
  if (runs.length === 0) return []
  const rows = await database
    .selectFrom('aggregation')
    .select(['run', 'round', 'state'])
    .where('run', 'in', [...runs])
    .orderBy('run')
    .orderBy('round')
    .orderBy('attempt')
    .execute()
  return rows.flatMap(({ run, round, state: text }) => {
    const state = states.read(text)
    return state.stage === 'opened' ? [{ run, round, survivors: state.survivors }] : []
  })
}

/** Keeps what this sum and the earlier ones say together. */
export async function keepExposures(
  transaction: HubTransaction,
  { run, round, attempt }: AttemptKey,
  found: readonly Exposure[],
): Promise<void> {
  await transaction
    .updateTable('aggregation')
    .set({ exposures: exposures.write(found) })
    .where('run', '=', run)
    .where('round', '=', round)
    .where('attempt', '=', attempt)
    .execute()
}

/**
 * Reads what the opened sums of a run say together, as it was found with the latest of them that found anything: a
 * further sum takes nothing back, and one that came to nothing after members had opened shares says nothing.
 */
export async function latestExposures(database: HubDatabase, run: Id<'run'>): Promise<readonly Exposure[]> {
  const row = await database
    .selectFrom('aggregation')
    .select('exposures')
    .where('run', '=', run)
    .where('opened', '=', 1)
    .where('exposures', '!=', exposures.write([]))
    .orderBy('round', 'desc')
    .orderBy('attempt', 'desc')
    .executeTakeFirst()
  return row ? exposures.read(row.exposures) : []
}

/**
 * Deletes up to `limit` attempts at the sums of a run or a survey that is over, with what members sent in those that
 * never came to an end, and says how many went.
 */
export async function dropAttempts(
  transaction: HubTransaction,
  owner: SumOwnerId,
  limit: number,
): Promise<number> {
  const rows = await transaction
    .selectFrom('aggregation')
    .select(['round', 'attempt'])
    .where('run', '=', owner)
    .orderBy('round')
    .orderBy('attempt')
    .limit(limit)
    .execute()
  for (const { round, attempt } of rows) {
    for (const table of ['aggregation_message', 'aggregation'] as const) {
      await transaction
        .deleteFrom(table)
        .where('run', '=', owner)
        .where('round', '=', round)
        .where('attempt', '=', attempt)
        .execute()
    }
  }
  return rows.length
}

/** Lists the surveys of which attempts are kept. */
export async function surveysWithAttempts(database: HubDatabase): Promise<Id<'survey'>[]> {
  const rows = await database.selectFrom('aggregation').select('run').distinct().execute()
  return rows.map(({ run }) => run).filter(isSurvey)
}

function isSurvey(owner: SumOwnerId): owner is Id<'survey'> {
  return owner.startsWith('srv_')
}
