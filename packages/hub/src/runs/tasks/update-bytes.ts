import { packedBytes, ringBits } from '@consort/privacy'
import { readAttempt } from '../../sums/attempt-store.ts'
import type { HubDatabase } from '../../tables/hub-tables.ts'
import { readRun } from '../run-store.ts'
import { versionWeights } from '../version-store.ts'
import type { TaskRecord } from './task-record.ts'

/** Says how many bytes an update of a task has to have: those of the model, or of its masked values. */
export async function updateBytes(database: HubDatabase, task: TaskRecord): Promise<number> {
  const { recipe } = await readRun(database, task.run)
  if (!recipe.privacy.secureAggregation) return (await versionWeights(database, task.version)).bytes
  const { state } = await readAttempt(database, task.run, task.round)
  return packedBytes(state.context.values, ringBits(state.context.members.length))
}
