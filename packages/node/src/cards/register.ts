import { isAbsolute, resolve } from 'node:path'
import { type Dataset, datasetDigest, fieldStatistics, readDataset, splitByKeyedHash } from '@consort/data'
import {
  createId,
  type DataCard,
  type DataSource,
  type DatasetView,
  type FieldMoments,
  type FieldStatistics,
  type SignedDataCard,
  type SignedFieldStatistics,
  signDocument,
  statisticsCountMin,
  type TableSchema,
} from '@consort/protocol'
import { appendEvent, type NodeContext } from '../context.ts'
import { agreedSchema } from '../datasets/agreed-schema.ts'
import { currentDataset } from '../datasets/find-dataset.ts'
import { noisedOf } from '../datasets/noised-counts.ts'
import { latestAgreement } from '../hub/agreements.ts'
import type { DatasetRow } from '../tables/node-tables.ts'
import { noiseCounts, scaleFor } from './noised-counts.ts'
import { datasetView, publish } from './publish.ts'

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
    await appendEvent(context, transaction, {
      kind: 'dataset-registered',
      body: { card: id, dataset, role, trainExamples, evaluationExamples },
    })
  })
  return await publish(context, row)
}

interface StatisticsSource {
  readonly data: Dataset
  readonly schema: TableSchema
  readonly split: { readonly train: Int32Array }
  readonly known: DatasetRow | undefined
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
  known: DatasetRow,
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

export async function listDatasets({ database }: NodeContext): Promise<DatasetView[]> {
  const rows = await database
    .selectFrom('dataset')
    .selectAll()
    .where('current', '=', 1)
    .orderBy('dataset')
    .execute()
  return rows.map(datasetView)
}
