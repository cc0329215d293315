import { isOver, type RunEvent, type RunState, roundOf, stepRun } from '@consort/federation'
import type { Id } from '@consort/protocol'
import { membersWithCards } from '../members/members-with-cards.ts'
import type { HubTransaction } from '../tables/hub-tables.ts'
import { closeTasks } from './close-tasks.ts'
import type { RunContext } from './context.ts'
import { endRun } from './end-run.ts'
import { openTasks } from './open-tasks.ts'
import { keepState, type RunRecord, readRun } from './run-store.ts'
import { openRound } from './secure/open-round.ts'
import { takeBytes } from './traffic.ts'

/** What a change of state takes. */
export type ChangeContext = Pick<RunContext, 'key' | 'database' | 'entropy' | 'now' | 'waiting' | 'traffic'>

/**
 * Applies an event to a run's state in one transaction with everything that the new state asks for, and returns true
 * when anything changed. `along` takes part when it did.
 */
export async function applyEvent(
  context: ChangeContext,
  id: Id<'run'>,
  event: RunEvent,
  along: (transaction: HubTransaction, before: RunRecord) => Promise<void> = async () => {},
): Promise<boolean> {
  const change = await context.database
    .transaction()
    .execute(transaction => applyIn(context, transaction, id, event, along))
  if (change !== undefined) announceRun(context, id, change)
  return change !== undefined
}

/** What a run was before, and is now. */
export interface RunChange {
  readonly before: RunState
  readonly after: RunState
}

/**
 * The same within a transaction; undefined when nothing has changed. Otherwise `announceRun` is to be called once that
 * is over.
 */
export async function applyIn(
  context: ChangeContext,
  transaction: HubTransaction,
  id: Id<'run'>,
  event: RunEvent,
  along: (transaction: HubTransaction, before: RunRecord) => Promise<void> = async () => {},
): Promise<RunChange | undefined> {
  const before = await readRun(transaction, id)
  const state = stepRun(before.state, event, before.recipe, context.now().getTime())
  if (state === before.state) return undefined
  await along(transaction, before)
  await enterState(context, transaction, before, state)
  return { before: before.state, after: state }
}

/**
 * Wakes all who wait for news of a run. Who waits for tasks is not woken by each update that comes in: with n members
 * that would be n² looks a round.
 */
export function announceRun(
  { waiting }: Pick<ChangeContext, 'waiting'>,
  id: Id<'run'>,
  { before, after }: RunChange,
): void {
  waiting.announce(id)
  waiting.announce(`aggregation ${id}`)
  if (isNewPhase(before, after) && (asksMembers(after) || isOver(after))) waiting.announce('tasks')
}

function isNewPhase(before: RunState, after: RunState): boolean {
  return after.phase !== before.phase || roundOf(after) !== roundOf(before)
}

type AskingState = Extract<RunState, { phase: 'training' | 'evaluating' }>

/** In these phases each member that takes part has a task. */
function asksMembers(state: RunState): state is AskingState {
  return state.phase === 'training' || state.phase === 'evaluating'
}

async function enterState(
  context: ChangeContext,
  transaction: HubTransaction,
  before: RunRecord,
  state: RunState,
): Promise<void> {
  const { traffic, now } = context
  const run = await keepState(transaction, before, {
    state,
    ended: isOver(state) ? now().toISOString() : null,
    bytes: {
      up: before.bytes.up + takeBytes(traffic.up, before.id),
      down: before.bytes.down + takeBytes(traffic.down, before.id),
    },
  })
  const isNew = isNewPhase(before.state, state)
  // Under secure aggregation tasks go on until the sum is open.
  const { secureAggregation } = run.recipe.privacy
  const hasClosed =
    isNew || (state.phase === 'training' && state.stage === 'aggregating' && !secureAggregation)
  traffic.trouble.delete(run.id)
  if (hasClosed) await closeTasks(transaction, run.id, state, now())
  if (isNew && asksMembers(state)) await askMembers(context, transaction, run, state)
  if (isOver(state)) await endRun(context, transaction, run, state)
}

/**
 * A phase that waits for members begins with a task for each of them, and with the sum of their updates where it
 * is secret.
 */
async function askMembers(
  context: ChangeContext,
  transaction: HubTransaction,
  run: RunRecord,
  state: AskingState,
): Promise<void> {
  const asked = new Set(state.seats.map(participant => participant.member))
  const known = await membersWithCards(transaction, run.recipe.dataset, context.now())
  const members = known.filter(member => asked.has(member.id))
  const work = state.phase === 'training' ? 'train' : 'evaluate'
  await openTasks(context, transaction, run, { work, round: state.round, members })
  if (state.phase === 'training' && run.recipe.privacy.secureAggregation)
    await openRound(transaction, run, { round: state.round, attempt: state.attempt ?? 1, members })
}
