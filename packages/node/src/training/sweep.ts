import { segmentScope } from '@consort/storage'
import { keptWork } from '../sums/work-store.ts'
import type { TrainingContext } from './context.ts'
import { sweepTrainerFolders } from './external-trainer/folder.ts'
import { weightsScope } from './weights.ts'

/** At the start: removes what a crash left half written. */
export async function sweepHalfDone({
  database,
  blobs,
  enrolment,
  log,
}: Pick<TrainingContext, 'database' | 'blobs' | 'enrolment' | 'log'>): Promise<void> {
  const known = new Set<string>([...(await keptWork(database)), weightsScope, segmentScope])
  for (const scope of await blobs.scopes()) if (!known.has(scope)) await blobs.removeScope(scope)
  await sweepTrainerFolders(enrolment.member, log)
}
