import type { BlobStore } from '@consort/storage'
import { openRuns } from '../runs/run-store.ts'
import { tasksOfRuns } from '../runs/tasks/task-store.ts'
import { keptVersions } from '../runs/version-store.ts'
import { inputScope, openSurveys } from '../surveys/survey-store.ts'
import type { HubDatabase } from '../tables/hub-tables.ts'

/** Removes, at the start, what a crash left behind, such as half an aggregate that no version names. */
export async function sweepOrphans({
  database,
  blobs,
}: {
  readonly database: HubDatabase
  readonly blobs: BlobStore
}): Promise<void> {
  const surveys = await openSurveys(database)
  const known = new Set<string>([
    ...(await keptVersions(database)),
    ...(await tasksOfRuns(database, await openRuns(database))),
    ...surveys.map(survey => inputScope(survey.id)),
  ])
  for (const scope of await blobs.scopes()) if (!known.has(scope)) await blobs.removeScope(scope)
}
