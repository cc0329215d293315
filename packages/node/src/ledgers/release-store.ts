import { addLosses, type LossCurve, parseLossCurve } from '@consort/privacy'
import { jsonColumn } from '@consort/storage'
import type { Transaction } from 'kysely'
import type { NodeReader, NodeTables } from '../tables/node-tables.ts'

const losses = jsonColumn('privacy_release.loss', { parse: parseLossCurve })

/** Something that was set aside for a release. */
export interface ReservedRelease {
  /** Names it: the task, and the how-manieth time that it was begun. */
  readonly release: string
  readonly task: string
  readonly run: string
  readonly dataset: string
  /** The most that any unit loses by it. */
  readonly loss: LossCurve
}

/** The first release that was reserved for a task, and whether it was made. */
export async function findReleaseOf(
  database: NodeReader,
  task: string,
): Promise<{ readonly release: string; readonly isSettled: boolean } | undefined> {
  const row = await database
    .selectFrom('privacy_release')
    .select(['release', 'settled'])
    .where('task', '=', task)
    .executeTakeFirst()
  return row && { release: row.release, isSettled: row.settled === 1 }
}

/** How often releases were reserved for a task. */
export async function countReleasesOf(database: NodeReader, task: string): Promise<number> {
  const { begun } = await database
    .selectFrom('privacy_release')
    .select(({ fn }) => fn.countAll<number>().as('begun'))
    .where('task', '=', task)
    .executeTakeFirstOrThrow()
  return Number(begun)
}

/** What all releases that were reserved for a run may lose together. */
export async function lossOfReleases(database: NodeReader, run: string): Promise<LossCurve> {
  const rows = await database.selectFrom('privacy_release').select('loss').where('run', '=', run).execute()
  return addLosses(...rows.map(({ loss }) => losses.read(loss)))
}

/** Keeps what was reserved. */
export async function keepRelease(
  transaction: Transaction<NodeTables>,
  { loss, ...reserved }: ReservedRelease,
): Promise<void> {
  await transaction
    .insertInto('privacy_release')
    .values({ ...reserved, loss: losses.write(loss), settled: 0 })
    .execute()
}

/** Notes that a release was made. Returns false where that was noted before, or nothing was reserved. */
export async function markSettled(transaction: Transaction<NodeTables>, release: string): Promise<boolean> {
  const { numUpdatedRows } = await transaction
    .updateTable('privacy_release')
    .set({ settled: 1 })
    .where('release', '=', release)
    .where('settled', '=', 0)
    .executeTakeFirstOrThrow()
  return numUpdatedRows > 0n
}
