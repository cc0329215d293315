import { rowsAtOnce } from '@consort/storage'
import type { Kysely } from 'kysely'
import type { NodeTables } from '../tables/node-tables.ts'
import { closeOldSums, dateUndated, dropRepeated, runsWithRepeats } from './sum-store.ts'

/**
 * Makes of each attempt that nothing was heard of since a moment the little that stays, and of the rounds of a run what
 * they say together. One from before times were kept counts from the first sweep.
 */
export async function* sweepSums(
  database: Kysely<NodeTables>,
  before: Date,
  now: Date,
): AsyncGenerator<number, void> {
  await dateUndated(database, now)
  for (let closed = rowsAtOnce; closed === rowsAtOnce; ) {
    closed = await database
      .transaction()
      .execute(transaction => closeOldSums(transaction, before, rowsAtOnce))
    yield closed
  }
  for (const run of await runsWithRepeats(database))
    yield await database.transaction().execute(transaction => dropRepeated(transaction, run))
}
