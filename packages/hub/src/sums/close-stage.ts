import type { Opened } from '@consort/privacy'
import type { HubDatabase, HubTransaction } from '../tables/hub-tables.ts'
import type { HubTopic } from '../topics.ts'
import { type Attempt, keepStage, readAttempt } from './attempt-store.ts'
import { answersIn, closeStage, isCollecting, stillIn } from './stage.ts'

/** How long a stage of small messages may take: a node may be starting again. */
const stageMs = 60_000

/** What closing a stage takes. */
export interface SumContext {
  readonly database: HubDatabase
  readonly now: () => Date
  readonly waiting: { readonly announce: (topic: HubTopic) => void }
}

/** What a sum has to know of whose it is: a round of a run, or a survey. */
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

/** Closes the current stage when all have answered or its time is up; returns true when it did. */
export async function closeDueStage(
  { database, now, waiting }: SumContext,
  { run, round, attempt }: Attempt,
  owner: SumOwner,
): Promise<boolean> {
  const at = now().getTime()
  const isClosed = await database.transaction().execute(async transaction => {
    // As it is now: a message that was acknowledged in the meantime counts.
    const current = await readAttempt(transaction, run, round)
    const { state } = current
    if (current.attempt !== attempt || !isCollecting(state)) return false
    if (!isDue(current, owner, at)) {
      await keepWithinReach(transaction, current, at + owner.inputsMs)
      return false
    }
    const next = closeStage(state)
    const ms = next.stage === 'collecting-inputs' ? owner.inputsMs : Math.min(stageMs, owner.inputsMs)
    await keepStage(transaction, current, {
      state: next,
      deadline: isCollecting(next) ? at + ms : null,
      isOpened: current.isOpened || next.stage === 'collecting-openings',
    })
    const left = stillIn(next)
    const names = state.context.members.map(({ name }) => name)
    await owner.leaveOut(
      transaction,
      names.filter(name => !left.includes(name)),
    )
    if (next.stage === 'opened') await owner.opened(transaction, next)
    return true
  })
  if (isClosed) waiting.announce(`aggregation ${run}`)
  return isClosed
}

/** No stage takes longer than the inputs may. A deadline beyond that was set by a clock that had run ahead. */
async function keepWithinReach(transaction: HubTransaction, attempt: Attempt, latest: number): Promise<void> {
  if (attempt.deadline !== null && attempt.deadline > latest)
    await keepStage(transaction, attempt, { ...attempt, deadline: latest })
}

function isDue({ state, deadline }: Attempt, { away }: SumOwner, now: number): boolean {
  if (!isCollecting(state)) return false
  const { expected, responded } = answersIn(state)
  const isComplete = expected.every(name => responded.includes(name) || away.includes(name))
  // The first stage of a run's round ends with the training, which the run's own state has seen to.
  return isComplete || deadline === null || now >= deadline
}
