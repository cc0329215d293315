import { findMember, setLatency } from '../../members/member-store.ts'
import type { HubTransaction } from '../../tables/hub-tables.ts'
import type { TaskRecord } from './task-record.ts'

/** How much the latest round weighs in a member's average latency. */
const latencyShare = 0.3

/** Averages how long a member takes from a task to its update, for the cost by which partners are drawn. */
export async function noteLatency(
  transaction: HubTransaction,
  { member, opened }: Pick<TaskRecord, 'member' | 'opened'>,
  now: Date,
): Promise<void> {
  const known = (await findMember(transaction, { id: member }))?.latencySeconds ?? null
  const seconds = Math.max(0, now.getTime() - Date.parse(opened)) / 1000 // the clock may have been set back
  const average = known === null ? seconds : known + latencyShare * (seconds - known)
  await setLatency(transaction, member, average)
}
