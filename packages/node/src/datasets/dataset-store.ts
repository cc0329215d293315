import { type DataSource, dataSourceSchema } from '@consort/data'
import {
  type Id,
  Refusal,
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

/** A card as it was made, where it does not matter in which format the records lie. */
export type KnownCard = Omit<RegisteredDataset, 'source'>

/** Data sets, and those among them that only another version of Consort can read, each with the way out. */
export interface ReadDatasets {
  readonly read: readonly RegisteredDataset[]
  readonly unreadable: readonly Unreadable[]
}

type Unreadable = Pick<RegisteredDataset, 'id' | 'dataset'> & { readonly refusal: Refusal }

const sources = jsonColumn('dataset.source', dataSourceSchema)
const cards = jsonColumn('dataset.signed_card', signedDataCardSchema)
const schemas = jsonColumn('dataset.schema', tableSchemaSchema)
const statistics = jsonColumn('dataset.signed_statistics', signedFieldStatisticsSchema)
const noisedCounts = jsonColumn('dataset.noised', noisedCountsSchema)

/** The data set that is registered under a name now. Throws `data-unreadable` where this version cannot read it. */
export async function findCurrent(
  database: NodeReader,
  dataset: string,
): Promise<RegisteredDataset | undefined> {
  const row = await currentRow(database, dataset)
  return row && datasetOf(row)
}

/** The same for whoever puts another in its place: its source is null where this version does not know the format. */
export async function findKnown(
  database: NodeReader,
  dataset: string,
): Promise<(KnownCard & { readonly source: DataSource | null }) | undefined> {
  const row = await currentRow(database, dataset)
  return row && { ...cardOf(row), source: isReadable(row) ? sources.read(row.source) : null }
}

/** The data set that this node has ever made a card for. Throws as `findCurrent` does. */
export async function findByCard(
  database: NodeReader,
  card: Id<'card'>,
): Promise<RegisteredDataset | undefined> {
  const row = await database.selectFrom('dataset').selectAll().where('id', '=', card).executeTakeFirst()
  return row && datasetOf(row)
}

/** All that are registered now, by name. */
export async function listCurrent(database: NodeReader): Promise<ReadDatasets> {
  const rows = await database
    .selectFrom('dataset')
    .selectAll()
    .where('current', '=', 1)
    .orderBy('dataset')
    .execute()
  return readEach(rows)
}

/** Those whose card the hub has still to be told, the oldest first. */
export async function listUnpublished(database: NodeReader): Promise<ReadDatasets> {
  const rows = await database
    .selectFrom('dataset')
    .selectAll()
    .where('current', '=', 1)
    .where('published', '=', 0)
    .orderBy('registered')
    .orderBy('id')
    .execute()
  return readEach(rows)
}

/** All cards that were ever made for the same records, the oldest first. */
export async function listOfRecords(database: NodeReader, digest: string): Promise<KnownCard[]> {
  const rows = await database
    .selectFrom('dataset')
    .selectAll()
    .where('digest', '=', digest)
    .orderBy('registered')
    .execute()
  return rows.map(cardOf)
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

type Row = Selectable<NodeTables['dataset']>

async function currentRow(database: NodeReader, dataset: string): Promise<Row | undefined> {
  return await database
    .selectFrom('dataset')
    .selectAll()
    .where('dataset', '=', dataset)
    .where('current', '=', 1)
    .executeTakeFirst()
}

function readEach(rows: readonly Row[]): ReadDatasets {
  return {
    read: rows.filter(isReadable).map(datasetOf),
    unreadable: rows
      .filter(row => !isReadable(row))
      .map(({ id, dataset }) => ({ id, dataset, refusal: unreadable(dataset) })),
  }
}

function datasetOf(row: Row): RegisteredDataset {
  if (!isReadable(row)) throw unreadable(row.dataset)
  return { ...cardOf(row), source: sources.read(row.source) }
}

/** False for a source that another version of Consort wrote, or a program that knows more formats. */
function isReadable(row: Row): boolean {
  try {
    sources.read(row.source)
    return true
  } catch {
    return false
  }
}

function unreadable(dataset: string): Refusal {
  return new Refusal(
    'data-unreadable',
    `This version of Consort cannot read in which format the data set ${dataset} is registered`,
    {
      hint: 'Register it again under the same name with `consort dataset add`, or start the version that registered it.',
    },
  )
}

function cardOf(row: Row): KnownCard {
  return {
    id: row.id,
    dataset: row.dataset,
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
