import type { RunState } from '@consort/federation'
import type { Id } from '@consort/protocol'
import { countMissed, listMembers } from '../members/member-store.ts'
import type { HubTransaction } from '../tables/hub-tables.ts'
import { closeOpenTasks } from './tasks/task-store.ts'

/**
 * Closes what is still open and no longer wanted; its member learns it with its next call. Counts who missed a
 * training.
 */
export async function closeTasks(
  transaction: HubTransaction,
  run: Id<'run'>,
  state: RunState,
  now: Date,
): Promise<void> {
  await closeOpenTasks(transaction, run, now)
  const missed = missedIn(state)
  if (missed.length === 0) return
  for (const { id } of await listMembers(transaction))
    if (missed.includes(id)) await countMissed(transaction, id)
}

function missedIn(state: RunState): readonly string[] {
  const seats =
    state.phase === 'training'
      ? state.seats
      : state.phase === 'failed' && 'seats' in state.reason
        ? state.reason.seats
        : []
  return seats.filter(({ outcome }) => outcome === 'late' || outcome === 'failed').map(({ member }) => member)
}
