import { isAbsolute, resolve } from 'node:path'
import { type Dataset, datasetDigest, readDataset, splitByKeyedHash } from '@consort/data'
import {
  createId,
  type DataCard,
  type DataSource,
  type DatasetView,
  hubEndpoints,
  Refusal,
  type SignedDataCard,
  signDocument,
} from '@consort/protocol'
import type { Selectable } from 'kysely'
import { type NodeContext, record } from '../context.ts'
import type { NodeTables } from '../tables.ts'

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
  const data = await readDataset(source)
  const validation = role === 'test' ? 0 : asked.validation
  const split = splitByKeyedHash(data, { key: context.splitKey, validation })
  const digest = datasetDigest(data, context.splitKey)
  const known = await currentDataset(context, asked.dataset)
  if (known && isSame(known, { source, validation, digest, role })) return await publish(context, known)

  const card: DataCard = {
    kind: 'data-card',
    id: createId('card', context.entropy),
    member: context.enrolment.member,
    dataset: asked.dataset,
    role,
    contents: contentsOf(data),
    trainExamples: role === 'test' ? 0 : split.train.length,
    evaluationExamples: role === 'test' ? data.count : split.validation.length,
  }
  const signed: SignedDataCard = { document: card, signatures: [signDocument(card, context.key)] }
  const row = {
    id: card.id,
    dataset: card.dataset,
    source: JSON.stringify(source),
    validation,
    digest,
    signed_card: JSON.stringify(signed),
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

/** An evaluator has nothing to train on: all that it registers is a test set. */
function roleFor({ enrolment }: NodeContext, role: 'train' | 'test'): 'train' | 'test' {
  return enrolment.role === 'evaluator' ? 'test' : role
}

function isSame(
  known: Selectable<NodeTables['dataset']>,
  asked: { source: DataSource; validation: number; digest: string; role: string },
): boolean {
  const card = (JSON.parse(known.signed_card) as SignedDataCard).document
  return (
    known.source === JSON.stringify(asked.source) &&
    known.validation === asked.validation &&
    known.digest === asked.digest &&
    card.role === asked.role
  )
}

/** Paths are kept absolute: the node may be started from anywhere. */
function absolute(source: DataSource): DataSource {
  const full = (path: string): string => (isAbsolute(path) ? path : resolve(path))
  return source.kind === 'idx'
    ? { ...source, images: full(source.images), labels: full(source.labels) }
    : { ...source, path: full(source.path) }
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

/** Tells the hub a card. A hub that cannot be reached is told later. */
async function publish(context: NodeContext, row: Selectable<NodeTables['dataset']>): Promise<DatasetView> {
  if (row.published === 1) return datasetView(row)
  try {
    await context.call(hubEndpoints.putDataCard, { body: JSON.parse(row.signed_card) })
  } catch (error) {
    if (error instanceof Refusal && error.code === 'unreachable') return datasetView(row)
    throw error
  }
  await context.database.updateTable('dataset').set({ published: 1 }).where('id', '=', row.id).execute()
  return datasetView({ ...row, published: 1 })
}

/** Tells the hub every card that it has not acknowledged yet. */
export async function publishAll(context: NodeContext): Promise<void> {
  const rows = await context.database
    .selectFrom('dataset')
    .selectAll()
    .where('current', '=', 1)
    .where('published', '=', 0)
    .execute()
  for (const row of rows) await publish(context, row)
}
