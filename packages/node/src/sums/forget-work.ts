import type { Id } from '@consort/protocol'
import type { SumParticipation } from './sum-participation.ts'
import { dropWork } from './work-store.ts'

/** Forgets the work of a task: it was delivered, or nobody waits for it any more. */
export async function forgetWork(
  { database, blobs }: Pick<SumParticipation, 'database' | 'blobs'>,
  task: Id<'task'> | Id<'survey'>,
): Promise<void> {
  await dropWork(database, task)
  await blobs.removeScope(task)
}
