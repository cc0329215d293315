import { segmentScope } from '@consort/storage'
import { dropWorkBefore } from '../sums/work-store.ts'
import type { TrainingContext } from './context.ts'
import { sweepTrainerFolders } from './external-trainer/folder.ts'
import { weightsScope } from './weights.ts'

/** Updates that were never wanted again are kept for this long: the hub may be away for a while. */
const keptDays = 7

/** At the start: removes what a crash left half written, and what has waited for too long. */
export async function sweepWork(
  context: Pick<TrainingContext, 'database' | 'blobs' | 'enrolment' | 'log' | 'now'>,
): Promise<void> {
  const { database, blobs, enrolment, log } = context
  const oldest = new Date(context.now().getTime() - keptDays * 24 * 3_600_000)
  const known = new Set<string>([...(await dropWorkBefore(database, oldest)), weightsScope, segmentScope])
  for (const scope of await blobs.scopes()) if (!known.has(scope)) await blobs.removeScope(scope)
  await sweepTrainerFolders(enrolment.member, log)
}
