import { type DataSource, dataSourceSchema } from '@consort/data'
import {
  type Id,
  type SignedDataCard,
  type SignedFieldStatistics,
  signedDataCardSchema,
  signedFieldStatisticsSchema,
  type TableSchema,
  tableSchemaSchema,
} from '@consort/protocol'
import { jsonColumn } from '@consort/storage'
import type { Insertable, Selectable, Transaction } from 'kysely'
import type { NodeReader, NodeTables } from '../tables/node-tables.ts'
import { type NoisedCounts, noisedCountsSchema } from '../tables/noised-counts.ts'

/** A registered data set, with one data card. Another registration, and each case that joins it, makes another card. */
export interface RegisteredDataset {
  /** Of the data card. */
  readonly id: Id<'card'>
  /** The consortium's name. */
  readonly dataset: string
  readonly source: DataSource
  /** Share that validates. */
  readonly validation: number
  /** Keyed digest over all records of the files: notices that they changed. */
  readonly digest: string
  /**
   * Keyed digest over all privacy units, also of columns that are no features: notices that the same records are other
   * people's. Null for pictures, where a column has no name, and for cards from before there was one.
   */
  readonly unitsDigest: string | null
  readonly signedCard: SignedDataCard
  /** The agreed schema that the records were mapped to; null for records as they lie. */
  readonly schema: TableSchema | null
  /** To be told with the card, where the agreement allows it. */
  readonly signedStatistics: SignedFieldStatistics | null
  /** How many cases that people answered are among the training records. */
  readonly cases: number
  /** Null where the counts of the card are true. */
  readonly noised: NoisedCounts | null
  /** Whether the hub has acknowledged the card. */
  readonly isPublished: boolean
  readonly registered: string
}

const sources = jsonColumn('dataset.source', dataSourceSchema)
const cards = jsonColumn('dataset.signed_card', signedDataCardSchema)
const schemas = jsonColumn('dataset.schema', tableSchemaSchema)
const statistics = jsonColumn('dataset.signed_statistics', signedFieldStatisticsSchema)
const noisedCounts = jsonColumn('dataset.noised', noisedCountsSchema)

/** The data set that is registered under a name now. */
export async function findCurrent(
  database: NodeReader,
  dataset: string,
): Promise<RegisteredDataset | undefined> {
  const row = await database
    .selectFrom('dataset')
    .selectAll()
    .where('dataset', '=', dataset)
    .where('current', '=', 1)
    .executeTakeFirst()
  return row && datasetOf(row)
}

/** The data set that this node has ever made a card for. */
export async function findByCard(
  database: NodeReader,
  card: Id<'card'>,
): Promise<RegisteredDataset | undefined> {
  const row = await database.selectFrom('dataset').selectAll().where('id', '=', card).executeTakeFirst()
  return row && datasetOf(row)
}

/** All that are registered now, by name. */
export async function listCurrent(database: NodeReader): Promise<RegisteredDataset[]> {
  const rows = await database
    .selectFrom('dataset')
    .selectAll()
    .where('current', '=', 1)
    .orderBy('dataset')
    .execute()
  return rows.map(datasetOf)
}

/** Those whose card the hub has still to be told, the oldest first. */
export async function listUnpublished(database: NodeReader): Promise<RegisteredDataset[]> {
  const rows = await database
    .selectFrom('dataset')
    .selectAll()
    .where('current', '=', 1)
    .where('published', '=', 0)
    .orderBy('registered')
    .orderBy('id')
    .execute()
  return rows.map(datasetOf)
}

/** All cards that were ever made for the same records, the oldest first. */
export async function listOfRecords(database: NodeReader, digest: string): Promise<RegisteredDataset[]> {
  const rows = await database
    .selectFrom('dataset')
    .selectAll()
    .where('digest', '=', digest)
    .orderBy('registered')
    .execute()
  return rows.map(datasetOf)
}

/** Registers a data set in place of whatever had its name. */
export async function keepInstead(
  transaction: Transaction<NodeTables>,
  next: RegisteredDataset,
): Promise<void> {
  await transaction.updateTable('dataset').set({ current: 0 }).where('dataset', '=', next.dataset).execute()
  await transaction.insertInto('dataset').values(rowOf(next)).execute()
}

/**
 * Registers a data set in place of the one with this card. Returns false, and changes nothing, where that is not
 * current.
 */
export async function keepAfter(
  transaction: Transaction<NodeTables>,
  before: Id<'card'>,
  next: RegisteredDataset,
): Promise<boolean> {
  const { numUpdatedRows } = await transaction
    .updateTable('dataset')
    .set({ current: 0 })
    .where('id', '=', before)
    .where('current', '=', 1)
    .executeTakeFirstOrThrow()
  if (numUpdatedRows === 0n) return false
  await transaction.insertInto('dataset').values(rowOf(next)).execute()
  return true
}

/** Notes that the hub has acknowledged a card. */
export async function markPublished(transaction: Transaction<NodeTables>, card: Id<'card'>): Promise<void> {
  await transaction.updateTable('dataset').set({ published: 1 }).where('id', '=', card).execute()
}

function rowOf(known: RegisteredDataset): Insertable<NodeTables['dataset']> {
  return {
    id: known.id,
    dataset: known.dataset,
    source: sources.write(known.source),
    validation: known.validation,
    digest: known.digest,
    units_digest: known.unitsDigest,
    signed_card: cards.write(known.signedCard),
    schema: schemas.writeOrNull(known.schema),
    signed_statistics: statistics.writeOrNull(known.signedStatistics),
    cases: known.cases,
    noised: noisedCounts.writeOrNull(known.noised),
    current: 1,
    published: known.isPublished ? 1 : 0,
    registered: known.registered,
  }
}

function datasetOf(row: Selectable<NodeTables['dataset']>): RegisteredDataset {
  return {
    id: row.id,
    dataset: row.dataset,
    source: sources.read(row.source),
    validation: row.validation,
    digest: row.digest,
    unitsDigest: row.units_digest,
    signedCard: cards.read(row.signed_card),
    schema: schemas.readOrNull(row.schema),
    signedStatistics: statistics.readOrNull(row.signed_statistics),
    cases: row.cases,
    noised: noisedCounts.readOrNull(row.noised),
    isPublished: row.published === 1,
    registered: row.registered,
  }
}
