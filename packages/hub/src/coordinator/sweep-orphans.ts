import { type BlobStore, type Replicas, segmentScope } from '@consort/storage'
import type { Logger } from 'pino'
import { openRuns } from '../runs/run-store.ts'
import { tasksOfRuns } from '../runs/tasks/task-store.ts'
import { askedVersions } from '../runs/version-store.ts'
import { usageScope } from '../settlement/usage-file.ts'
import { inputScope, openSurveys } from '../surveys/survey-store.ts'
import type { HubDatabase } from '../tables/hub-tables.ts'

/** What the hub keeps, and where. */
export interface KeptBlobs {
  readonly database: HubDatabase
  readonly blobs: BlobStore
}

/** How often the hub looks for blobs that are nobody's. */
const everyMs = 3_600_000

/** Looks for blobs that are nobody's now and every hour, until the stack ends. */
export async function startSweeping(
  stack: AsyncDisposableStack,
  { alone, log, isShared, ...kept }: KeptBlobs & SweepParts,
): Promise<void> {
  const sweep = createOrphanSweep(kept)
  await sweep(isShared) // alone, nobody writes yet: what is nobody's now stays nobody's
  const look = (): void => {
    alone('sweep', () => sweep(true)).catch(error => log.warn({ error: String(error) }, 'sweep-failed'))
  }
  const timer = setInterval(look, everyMs).unref()
  stack.defer(() => clearInterval(timer))
}

/** What sweeping takes beside the blobs. */
interface SweepParts {
  readonly alone: Replicas['alone']
  readonly log: Logger
  /** Other replicas may be writing already. */
  readonly isShared: boolean
}

/**
 * Makes what removes blobs that nobody asks for, such as half an aggregate that a crash left behind, or the weights of
 * a run that ended as the process did. While others may be writing, only what was nobody's the time before, too, is
 * removed: the blobs of a version come before its row.
 */
function createOrphanSweep(kept: KeptBlobs): (othersMayWrite: boolean) => Promise<void> {
  let suspects = new Set<string>()
  return async othersMayWrite => {
    const orphans = new Set(await findOrphans(kept))
    for (const scope of orphans)
      if (!othersMayWrite || suspects.has(scope)) await kept.blobs.removeScope(scope)
    suspects = orphans
  }
}

async function findOrphans({ database, blobs }: KeptBlobs): Promise<string[]> {
  const scopes = await blobs.scopes() // before the rows: a scope that comes later is not judged
  const surveys = await openSurveys(database)
  const known = new Set<string>([
    segmentScope,
    usageScope,
    ...(await askedVersions(database)),
    ...(await tasksOfRuns(database, await openRuns(database))),
    ...surveys.map(survey => inputScope(survey.id)),
  ])
  return scopes.filter(scope => !known.has(scope))
}
