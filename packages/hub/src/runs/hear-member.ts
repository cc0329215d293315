import { isEvaluated, type RunEvent } from '@consort/federation'
import type { Id } from '@consort/protocol'
import type { HubTransaction } from '../tables/hub-tables.ts'
import { announceRun, applyIn } from './apply-event.ts'
import type { RunContext } from './context.ts'

/**
 * Applies what a member has done to its run, with `along` in the same transaction; returns true when anything changed.
 * The run is looked at again only where it need not wait for others: each look at one that still waits would find
 * nothing to do, as many times a round as there are members.
 */
export async function hearMember(
  context: Pick<RunContext, 'database' | 'pursue'> & Parameters<typeof applyIn>[0],
  run: Id<'run'>,
  event: Extract<RunEvent, { kind: 'received' }>,
  along: (transaction: HubTransaction) => Promise<void>,
): Promise<boolean> {
  const change = await context.database
    .transaction()
    .execute(transaction => applyIn(context, transaction, run, event, along))
  if (!change) return false
  announceRun(context, run, change)
  const { after } = change
  const isWaiting =
    (after.phase === 'training' && after.stage === 'collecting') ||
    (after.phase === 'evaluating' && !isEvaluated(after))
  if (!isWaiting) context.pursue(run)
  return true
}
