import type { NodeContext } from '../context.ts'
/** Forgets the work of a task: it was delivered, or nobody waits for it any more. */
export async function forgetWork({ database, blobs }: NodeContext, task: string): Promise<void> {
  await database.deleteFrom('work').where('task', '=', task).execute()
  await blobs.removeScope(task)
}
