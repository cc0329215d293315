import { isAbsolute, resolve } from 'node:path'
import { type Dataset, datasetDigest, fieldStatistics, readDataset, splitByKeyedHash } from '@consort/data'
import {
  createId,
  type DataCard,
  type DataSource,
  type DatasetView,
  type FieldMoments,
  type FieldStatistics,
  hubEndpoints,
  Refusal,
  type SignedDataCard,
  type SignedFieldStatistics,
  signDocument,
  statisticsCountMin,
  type TableSchema,
} from '@consort/protocol'
import type { Selectable } from 'kysely'
import { type NodeContext, record } from '../context.ts'
import { latestAgreement, presentAgreement } from '../hub/agreements.ts'
import { isPassing } from '../hub/retry.ts'
import { mayTellStatistics } from '../ledgers/check-exempt.ts'
import type { Reservation } from '../ledgers/reserve.ts'
import type { NodeTables } from '../tables/node-tables.ts'
import { guardCard } from './guard-card.ts'
import { noiseCounts, noisedOf, scaleFor } from './noised-counts.ts'

export interface Registration {
  readonly dataset: string
  readonly source: DataSource
  readonly role: 'train' | 'test'
  /** Share that validates; a test set is evaluated as a whole. */
  readonly validation: number
}

/** Reads a data set through, makes its card, and tells the hub when it can be reached. */
export async function registerDataset(context: NodeContext, asked: Registration): Promise<DatasetView> {
  const role = roleFor(context, asked.role)
  const source = absolute(asked.source)
  const schema = source.kind === 'mapped' ? await agreedSchema(context, asked.dataset) : undefined
  const data = await readDataset(source, { schema })
  const validation = role === 'test' ? 0 : asked.validation
  const split = splitByKeyedHash(data, { key: context.splitKey, validation })
  const digest = datasetDigest(data, context.splitKey)
  const known = await currentDataset(context, asked.dataset)
  const scale = scaleFor(context.policy.read().privacy, asked.dataset)
  if (known && isSame(known, { source, validation, digest, role, scale }))
    return await publish(context, known)

  const id = createId('card', context.entropy)
  const counts = {
    train: role === 'test' ? 0 : split.train.length,
    evaluation: role === 'test' ? data.count : split.validation.length,
  }
  const content = { card: id, dataset: asked.dataset, digest, validation, cases: 0, counts }
  const noised = await noiseCounts(context, content)
  const card: DataCard = {
    kind: 'data-card',
    id,
    member: context.enrolment.member,
    dataset: asked.dataset,
    role,
    contents: contentsOf(data),
    trainExamples: noised?.train.told ?? counts.train,
    evaluationExamples: noised?.evaluation.told ?? counts.evaluation,
  }
  const signed: SignedDataCard = { document: card, signatures: [signDocument(card, context.key)] }
  const statistics =
    schema && role === 'train' ? await statisticsOf(context, card, { data, schema, split, known }) : null
  const row = {
    id: card.id,
    dataset: card.dataset,
    source: JSON.stringify(source),
    validation,
    digest,
    signed_card: JSON.stringify(signed),
    schema: schema ? JSON.stringify(schema) : null,
    signed_statistics: statistics ? JSON.stringify(statistics) : null,
    cases: 0,
    noised: noised ? JSON.stringify(noised) : null,
    current: 1,
    published: 0,
    registered: context.now().toISOString(),
  }
  await context.database.transaction().execute(async transaction => {
    await transaction.updateTable('dataset').set({ current: 0 }).where('dataset', '=', card.dataset).execute()
    await transaction.insertInto('dataset').values(row).execute()
    const { id, dataset, trainExamples, evaluationExamples } = card
    await record(context, transaction, {
      kind: 'dataset-registered',
      body: { card: id, dataset, role, trainExamples, evaluationExamples },
    })
  })
  return await publish(context, row)
}

/** The consortium's schema for a data set. Throws `agreement-refused`. */
export async function agreedSchema(context: NodeContext, dataset: string): Promise<TableSchema> {
  const agreement = await presentAgreement(context)
  const schema = agreement?.data.find(candidate => candidate.dataset === dataset)
  if (schema) return schema
  throw new Refusal('agreement-refused', `No agreement in force says what ${dataset} looks like`, {
    hint: 'A mapping translates to the schema of the agreement: propose one and have it signed first.',
  })
}

interface StatisticsSource {
  readonly data: Dataset
  readonly schema: TableSchema
  readonly split: { readonly train: Int32Array }
  readonly known: Selectable<NodeTables['dataset']> | undefined
}

/**
 * Two tellings that differ by a few records would tell those records by subtraction: then what was told before is told
 * again. Values that are all equal are not told at all. What remains: a change of `statisticsCountMin` records or more
 * tells the mean of those.
 */
function withoutDifferences(fields: FieldMoments[], before: string | null | undefined): FieldMoments[] {
  const told = before ? (JSON.parse(before) as SignedFieldStatistics).document.fields : []
  return fields
    .filter(({ m2 }) => m2 > 0)
    .map(now => {
      const then = told.find(({ field }) => field === now.field)
      return then && Math.abs(now.count - then.count) < statisticsCountMin ? then : now
    })
}

async function statisticsOf(
  context: NodeContext,
  card: DataCard,
  { data, schema, split, known }: StatisticsSource,
): Promise<SignedFieldStatistics | null> {
  const agreement = await latestAgreement(context)
  if (agreement?.statistics !== true || data.kind !== 'table') return null
  const document: FieldStatistics = {
    kind: 'field-statistics',
    card: card.id,
    member: card.member,
    dataset: card.dataset,
    fields: withoutDifferences(fieldStatistics(data, schema, split.train), known?.signed_statistics),
  }
  return { document, signatures: [signDocument(document, context.key)] }
}

/** An evaluator has nothing to train on: all that it registers is a test set. */
function roleFor({ enrolment }: NodeContext, role: 'train' | 'test'): 'train' | 'test' {
  return enrolment.role === 'evaluator' ? 'test' : role
}

function isSame(
  known: Selectable<NodeTables['dataset']>,
  asked: { source: DataSource; validation: number; digest: string; role: string; scale: number | undefined },
): boolean {
  const card = (JSON.parse(known.signed_card) as SignedDataCard).document
  return (
    known.source === JSON.stringify(asked.source) &&
    known.validation === asked.validation &&
    known.digest === asked.digest &&
    card.role === asked.role &&
    noisedOf(known)?.scale === asked.scale
  )
}

/** Paths are kept absolute: the node may be started from anywhere. */
function absolute(source: DataSource): DataSource {
  const full = (path: string): string => (isAbsolute(path) ? path : resolve(path))
  if (source.kind === 'idx') return { ...source, images: full(source.images), labels: full(source.labels) }
  if (source.kind === 'mapped') return { ...source, path: full(source.path), mapping: full(source.mapping) }
  return { ...source, path: full(source.path) }
}

function contentsOf(data: Dataset): DataCard['contents'] {
  if (data.kind === 'table') return { kind: 'table', columns: [...data.columns] }
  const { height, width, channels } = data
  return { kind: 'images', height, width, channels }
}

export async function currentDataset({ database }: NodeContext, dataset: string) {
  return await database
    .selectFrom('dataset')
    .selectAll()
    .where('dataset', '=', dataset)
    .where('current', '=', 1)
    .executeTakeFirst()
}

export async function listDatasets({ database }: NodeContext): Promise<DatasetView[]> {
  const rows = await database
    .selectFrom('dataset')
    .selectAll()
    .where('current', '=', 1)
    .orderBy('dataset')
    .execute()
  return rows.map(datasetView)
}

function datasetView(row: Selectable<NodeTables['dataset']>): DatasetView {
  return {
    card: (JSON.parse(row.signed_card) as SignedDataCard).document,
    source: JSON.parse(row.source),
    registered: row.registered,
    published: row.published === 1,
  }
}

/** Tells the hub a card. A hub that cannot be reached is told later. Throws what `guardCard` does: then the card is not told. */
export async function publish(
  context: NodeContext,
  row: Selectable<NodeTables['dataset']>,
): Promise<DatasetView> {
  if (row.published === 1) return datasetView(row)
  let guard: Reservation
  try {
    guard = await guardCard(context, row)
    await context.call(hubEndpoints.putDataCard, { body: JSON.parse(row.signed_card) })
    if (row.signed_statistics && (await mayTell(context, JSON.parse(row.signed_statistics))))
      await context.call(hubEndpoints.putStatistics, { body: JSON.parse(row.signed_statistics) })
  } catch (error) {
    if (error instanceof Refusal && error.code === 'unreachable') return datasetView(row)
    throw error
  }
  await context.database.transaction().execute(async transaction => {
    await transaction.updateTable('dataset').set({ published: 1 }).where('id', '=', row.id).execute()
    await guard.settle(transaction)
  })
  return datasetView({ ...row, published: 1 })
}

/** Whether the site's policy and the agreement in force let this node tell these statistics: an amendment may have withdrawn it. */
async function mayTell(context: NodeContext, { document }: SignedFieldStatistics): Promise<boolean> {
  if (!(await mayTellStatistics(context, document.card))) return false
  const agreement = await presentAgreement(context)
  const schema = agreement?.data.find(({ dataset }) => dataset === document.dataset)
  const agreed = new Set(schema?.fields.filter(({ kind }) => kind === 'number').map(({ name }) => name))
  return agreement?.statistics === true && document.fields.every(({ field }) => agreed.has(field))
}

/**
 * Tells the hub every card that it has not acknowledged yet. One that it refuses is logged, and keeps the node from
 * nothing else. Throws `unreachable`.
 */
export async function publishAll(context: NodeContext): Promise<void> {
  const rows = await context.database
    .selectFrom('dataset')
    .selectAll()
    .where('current', '=', 1)
    .where('published', '=', 0)
    .execute()
  for (const row of rows) {
    try {
      await publish(context, row)
    } catch (error) {
      if (!(error instanceof Refusal) || isPassing(error)) throw error
      context.log.warn({ dataset: row.dataset, code: error.code, message: error.message }, 'card-refused')
    }
  }
}
