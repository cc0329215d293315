import { type BlobStore, rowsAtOnce } from '@consort/storage'
import { dropAttempts } from '../../sums/attempt-store.ts'
import type { HubDatabase } from '../../tables/hub-tables.ts'
import { dropRounds } from '../round-store.ts'
import { fullRunsBefore, noteEmptied, type RunRecord, readRun } from '../run-store.ts'
import { sweepRun } from '../sweep-run.ts'
import { dropTasks } from '../tasks/task-store.ts'
import { dropUnpublished } from '../version-store.ts'
import { condenseRun } from './condense-run.ts'

/**
 * Condenses the runs that ended before a moment: what stays is written down first, and then their tasks, rounds, sums
 * and the versions that are no result go. One that cannot be condensed stays whole, and keeps no other from it: its
 * error is thrown in the end.
 */
export async function* sweepRuns(
  { database, blobs }: { readonly database: HubDatabase; readonly blobs: BlobStore },
  before: Date,
): AsyncGenerator<number, void> {
  const errors: unknown[] = []
  for (const id of await fullRunsBefore(database, before)) {
    try {
      await sweepRun({ database, blobs }, id) // what a crash at its end may have left on the disk
      await database.transaction().execute(async trx => condenseRun(trx, await readRun(trx, id)))
    } catch (error) {
      errors.push(error)
      continue
    }
    yield* emptyRun(database, id)
  }
  if (errors.length > 0) throw errors[0]
}

/** Each table by itself, some rows at a time; a crash in between is gone on from. */
async function* emptyRun(database: HubDatabase, id: RunRecord['id']): AsyncGenerator<number, void> {
  for (const drop of [dropTasks, dropAttempts, dropRounds, dropUnpublished]) {
    for (let gone = rowsAtOnce; gone === rowsAtOnce; ) {
      gone = await database.transaction().execute(transaction => drop(transaction, id, rowsAtOnce))
      yield gone
    }
  }
  await noteEmptied(database, id)
}
