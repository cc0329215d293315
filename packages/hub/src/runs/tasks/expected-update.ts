import { packedBytes, ringBits } from '@consort/privacy'
import type { Manifest } from '@consort/protocol'
import { readAttempt } from '../../sums/attempt-store.ts'
import type { HubDatabase } from '../../tables/hub-tables.ts'
import { readRun } from '../run-store.ts'
import { versionWeights } from '../version-store.ts'
import type { TaskRecord } from './task-record.ts'

/** What an update of a task has to be. */
interface ExpectedUpdate {
  readonly bytes: number
  /** The weights, chunks of which it may hold; none for masked values, which have nothing in common with them. */
  readonly weights?: Manifest
}

/** Says how many bytes an update of a task has to have: those of the model, or of its masked values. */
export async function expectedUpdate(database: HubDatabase, task: TaskRecord): Promise<ExpectedUpdate> {
  const { recipe } = await readRun(database, task.run)
  if (!recipe.privacy.secureAggregation) {
    const weights = await versionWeights(database, task.version)
    return { bytes: weights.bytes, weights }
  }
  const { state } = await readAttempt(database, task.run, task.round)
  return { bytes: packedBytes(state.context.values, ringBits(state.context.members.length)) }
}
