import {
  type Aggregator,
  closeInputs,
  closeKeys,
  closeOpenings,
  closeShares,
  closeSignatures,
  openAggregation,
  parseAggregator,
  type RoundContext,
  receiveAdvertisement,
  receiveInput,
  receiveOpening,
  receiveShares,
  receiveSignature,
  withKept,
} from '@consort/privacy'
import { type MemberMessage, Refusal } from '@consort/protocol'
import type { Kysely } from 'kysely'
import type { HubTransaction } from '../context.ts'
import type { HubTables } from '../tables.ts'

/** One attempt at the sum of a round, as it is kept: its stage, and the messages of that stage beside it. */
export interface Attempt {
  readonly run: string
  readonly round: number
  readonly attempt: number
  /** With the messages that have come in this stage. */
  readonly state: Aggregator
  /** Milliseconds since 1970; null for the first stage of a run's round, whose end is that of the training. */
  readonly deadline: number | null
  /** Members may have opened shares: they take part in no other attempt at this round. */
  readonly isOpened: boolean
}

type Collecting = Exclude<Aggregator, { stage: 'opened' | 'discarded' }>

/** Which messages a stage collects. */
export const collects = {
  'collecting-keys': 'advertisement',
  'collecting-shares': 'dealt-shares',
  'collecting-inputs': 'masked-input',
  'collecting-signatures': 'survivor-signature',
  'collecting-openings': 'opened-shares',
} as const satisfies Record<Collecting['stage'], MemberMessage['kind']>

export function isCollecting(state: Aggregator): state is Collecting {
  return state.stage !== 'opened' && state.stage !== 'discarded'
}

/** Begins an attempt at a sum. `deadline` is that of the first stage, in milliseconds since 1970. */
export async function openAttempt(
  transaction: HubTransaction,
  context: RoundContext,
  deadline: number | null,
): Promise<void> {
  const { run, round, attempt } = context
  const state = JSON.stringify(openAggregation(context))
  await transaction
    .insertInto('aggregation')
    .values({ run, round, attempt, state, deadline, opened: 0, exposures: '[]' })
    .execute()
}

/** The latest attempt at a round of a run (or of a survey, whose only round is 1), with all that has come. Throws `not-found`. */
export async function readAttempt(database: Kysely<HubTables>, run: string, round: number): Promise<Attempt> {
  const row = await database
    .selectFrom('aggregation')
    .selectAll()
    .where('run', '=', run)
    .where('round', '=', round)
    .orderBy('attempt', 'desc')
    .executeTakeFirst()
  if (!row) throw new Refusal('not-found', 'This round has no secure sum')
  const state = parseAggregator(JSON.parse(row.state))
  const messages = isCollecting(state)
    ? await database
        .selectFrom('aggregation_message')
        .select('message')
        .where('run', '=', run)
        .where('round', '=', round)
        .where('attempt', '=', row.attempt)
        .where('kind', '=', collects[state.stage])
        .execute()
    : []
  return {
    run,
    round,
    attempt: row.attempt,
    deadline: row.deadline === null ? null : Number(row.deadline),
    isOpened: row.opened === 1,
    state: withKept(
      state,
      messages.map(({ message }) => JSON.parse(message) as MemberMessage),
    ),
  }
}

/** Adds a member's message to the stage that collects it. Throws `state-conflict` when that is not the present one. */
export function withMessage(state: Aggregator, message: MemberMessage): Aggregator {
  switch (message.kind) {
    case 'advertisement':
      if (state.stage === 'collecting-keys') return receiveAdvertisement(state, message)
      break
    case 'dealt-shares':
      if (state.stage === 'collecting-shares') return receiveShares(state, message)
      break
    case 'masked-input':
      if (state.stage === 'collecting-inputs') return receiveInput(state, message)
      break
    case 'survivor-signature':
      if (state.stage === 'collecting-signatures') return receiveSignature(state, message)
      break
    case 'opened-shares':
      if (state.stage === 'collecting-openings') return receiveOpening(state, message)
      break
  }
  throw new Refusal('state-conflict', `The sum is not waiting for a message of the kind ${message.kind}`)
}

/** What follows when nobody is waited for any more. */
export function closeStage(state: Collecting): Aggregator {
  switch (state.stage) {
    case 'collecting-keys':
      return closeKeys(state)
    case 'collecting-shares':
      return closeShares(state)
    case 'collecting-inputs':
      return closeInputs(state)
    case 'collecting-signatures':
      return closeSignatures(state)
    case 'collecting-openings':
      return closeOpenings(state)
  }
}

/** Who has to answer in a stage, and who has. */
export function presenceIn(state: Collecting): { expected: readonly string[]; present: readonly string[] } {
  const membersOf = (messages: readonly { member: string }[]) => messages.map(({ member }) => member)
  switch (state.stage) {
    case 'collecting-keys':
      return {
        expected: state.context.members.map(({ name }) => name),
        present: membersOf(state.advertisements),
      }
    case 'collecting-shares':
      return { expected: membersOf(state.advertisements), present: membersOf(state.dealt) }
    case 'collecting-inputs':
      return { expected: membersOf(state.dealt), present: membersOf(state.inputs) }
    case 'collecting-signatures':
      return { expected: state.list.survivors, present: membersOf(state.signatures) }
    case 'collecting-openings':
      return { expected: membersOf(state.proof.signatures), present: membersOf(state.opened) }
  }
}
