import { forgetWork } from './forget-work.ts'
import type { SumParticipation } from './sum-participation.ts'
import { workBefore } from './work-store.ts'

/** Forgets work that was done before a moment and that the hub never asked for again, with its files. */
export async function* sweepWork(
  context: Pick<SumParticipation, 'database' | 'blobs'>,
  before: Date,
): AsyncGenerator<number, void> {
  for (const task of await workBefore(context.database, before)) {
    await forgetWork(context, task)
    yield 1
  }
}
