import type { HubContext, HubTransaction } from '../../context.ts'
import type { TaskRow } from './own-task.ts'

/** How much the latest round weighs in a member's average latency. */
const latencyShare = 0.3

/** Averages how long a member takes from a task to its update, for the cost by which partners are drawn. */
export async function noteLatency(
  { now }: HubContext,
  transaction: HubTransaction,
  row: TaskRow,
): Promise<void> {
  const { latency_seconds: known } = await transaction
    .selectFrom('member')
    .select('latency_seconds')
    .where('id', '=', row.member)
    .executeTakeFirstOrThrow()
  const seconds = (now().getTime() - Date.parse(row.opened)) / 1000
  await transaction
    .updateTable('member')
    .set({ latency_seconds: known === null ? seconds : known + latencyShare * (seconds - known) })
    .where('id', '=', row.member)
    .execute()
}
