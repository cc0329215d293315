import type { Aggregator, Opened } from '@consort/privacy'
import type { HubContext, HubTransaction } from '../context.ts'
import { type Attempt, closeStage, isCollecting, presenceIn, readAttempt } from './attempt.ts'

/** How long a stage of small messages may take: a node may be starting again. */
const stageMs = 60_000

/** Whose sum it is: a round of a run, or a survey. */
export interface SumOwner {
  /** How long the stage of the inputs may take; the others take no longer. */
  readonly inputsMs: number
  /** Nobody waits for these: they have said that they stay out. */
  readonly away: readonly string[]
  /** In the transaction that closes a stage: who takes part no longer. */
  leaveOut(transaction: HubTransaction, names: readonly string[]): Promise<void>
  /** In the transaction that opens the sum. */
  opened(transaction: HubTransaction, sum: Opened): Promise<void>
}

/** Closes the present stage when all have answered or its time is up; says whether it did. */
export async function closeDueStage(
  context: HubContext,
  attempt: Attempt,
  owner: SumOwner,
): Promise<boolean> {
  const now = context.now().getTime()
  const isClosed = await context.database.transaction().execute(async transaction => {
    // As it is now: a message that was acknowledged in the meantime counts.
    const present = await readAttempt(transaction, attempt.run, attempt.round)
    const { state } = present
    if (present.attempt !== attempt.attempt || !isCollecting(state) || !isDue(present, owner, now))
      return false
    const next = closeStage(state)
    await keepStage(transaction, present, next, { now, inputsMs: owner.inputsMs })
    const left = stillIn(next)
    await owner.leaveOut(
      transaction,
      state.context.members.map(({ name }) => name).filter(name => !left.includes(name)),
    )
    if (next.stage === 'opened') await owner.opened(transaction, next)
    return true
  })
  if (isClosed) context.waiting.announce(`aggregation ${attempt.run}`)
  return isClosed
}

function isDue({ state, deadline }: Attempt, { away }: SumOwner, now: number): boolean {
  if (!isCollecting(state)) return false
  const { expected, present } = presenceIn(state)
  const isComplete = expected.every(name => present.includes(name) || away.includes(name))
  // The first stage of a run's round ends with the training, which the run's own state has seen to.
  return isComplete || deadline === null || now >= deadline
}

async function keepStage(
  transaction: HubTransaction,
  { run, round, attempt, isOpened }: Attempt,
  next: Aggregator,
  { now, inputsMs }: { now: number; inputsMs: number },
): Promise<void> {
  const ms = next.stage === 'collecting-inputs' ? inputsMs : Math.min(stageMs, inputsMs)
  await transaction
    .updateTable('aggregation')
    .set({
      state: JSON.stringify(next),
      deadline: isCollecting(next) ? now + ms : null,
      opened: isOpened || next.stage === 'collecting-openings' ? 1 : 0,
    })
    .where('run', '=', run)
    .where('round', '=', round)
    .where('attempt', '=', attempt)
    .execute()
  if (isCollecting(next)) return
  await transaction
    .deleteFrom('aggregation_message')
    .where('run', '=', run)
    .where('round', '=', round)
    .where('attempt', '=', attempt)
    .execute()
}

/** Whoever may still take part, or is part of the sum. */
export function stillIn(state: Aggregator): readonly string[] {
  switch (state.stage) {
    case 'opened':
      return state.survivors
    case 'discarded':
      return state.context.members.map(({ name }) => name) // their tasks end with the round
    case 'collecting-openings':
      return state.list.survivors // an input stays in the sum though its member may be gone
    default:
      return presenceIn(state).expected
  }
}
