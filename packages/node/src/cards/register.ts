import { isAbsolute, resolve } from 'node:path'
import {
  asTable,
  contentsOf,
  type DataSource,
  type Dataset,
  fieldStatistics,
  isTranslated,
  type Readings,
  splitByDigests,
  withPaths,
} from '@consort/data'
import {
  type Caller,
  canonicalJson,
  createId,
  type DataCard,
  type FieldMoments,
  type FieldStatistics,
  type KeyPair,
  type SignedFieldStatistics,
  signDocument,
  statisticsCountMin,
  type TableSchema,
} from '@consort/protocol'
import { appendEvent } from '@consort/storage'
import { agreedSchema } from '../datasets/agreed-schema.ts'
import { findKnown, type KnownCard, keepInstead, type RegisteredDataset } from '../datasets/dataset-store.ts'
import type { Enrolment } from '../enrolment.ts'
import { latestAgreement } from '../hub/agreements.ts'
import { type NoiseContext, noiseCounts, scaleFor } from './noised-counts.ts'

export interface Registration {
  readonly dataset: string
  readonly source: DataSource
  readonly role: 'train' | 'test'
  /** Share that validates; a test set is evaluated as a whole. */
  readonly validation: number
}

/** What a data set is registered with; `call` serves to learn of the agreement in force. */
export interface RegisterContext extends NoiseContext {
  readonly readings: Readings
  readonly call: Caller
  readonly key: KeyPair
  readonly enrolment: Enrolment
  readonly now: () => Date
}

/** Reads a data set through and makes its card, which is on disk when this returns; the hub is still to be told. */
export async function registerDataset(
  context: RegisterContext,
  asked: Registration,
): Promise<RegisteredDataset> {
  const role = roleFor(context.enrolment, asked.role)
  const source = withPaths(asked.source, absolute)
  const schema = isTranslated(source) ? await agreedSchema(context, asked.dataset) : undefined
  const reading = await context.readings.read(source, schema)
  const { data, records, digest, unitsDigest = null } = reading
  const validation = role === 'test' ? 0 : asked.validation
  const split = splitByDigests(records, validation)
  const known = await findKnown(context.database, asked.dataset)
  const scale = scaleFor(context.policy.read().privacy, asked.dataset)
  if (known && isSame(known, { source, validation, digest, unitsDigest, role, scale }))
    return { ...known, source }

  const id = createId('card', context.entropy)
  const counts = {
    train: role === 'test' ? 0 : split.train.length,
    evaluation: role === 'test' ? data.count : split.validation.length,
  }
  const content = { card: id, dataset: asked.dataset, digest, unitsDigest, validation, cases: 0, counts }
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
  const statistics =
    schema && role === 'train' ? await statisticsOf(context, card, { data, schema, split, known }) : null
  const registered: RegisteredDataset = {
    id: card.id,
    dataset: card.dataset,
    source,
    validation,
    digest,
    unitsDigest,
    signedCard: { document: card, signatures: [signDocument(card, context.key)] },
    schema: schema ?? null,
    signedStatistics: statistics,
    cases: 0,
    noised: noised ?? null,
    isPublished: false,
    registered: context.now().toISOString(),
  }
  await context.database.transaction().execute(async transaction => {
    await keepInstead(transaction, registered)
    const { id, dataset, trainExamples, evaluationExamples } = card
    await appendEvent(context, transaction, {
      kind: 'dataset-registered',
      body: { card: id, dataset, role, trainExamples, evaluationExamples },
    })
  })
  return registered
}

interface StatisticsSource {
  readonly data: Dataset
  readonly schema: TableSchema
  readonly split: { readonly train: Int32Array }
  readonly known: KnownCard | undefined
}

/**
 * Two tellings that differ by a few records would tell those records by subtraction: then what was told before is told
 * again. Values that are all equal are not told at all. What remains: a change of `statisticsCountMin` records or more
 * tells the mean of those.
 */
function withoutDifferences(
  fields: FieldMoments[],
  before: SignedFieldStatistics | null | undefined,
): FieldMoments[] {
  const told = before?.document.fields ?? []
  return fields
    .filter(({ m2 }) => m2 > 0)
    .map(now => {
      const then = told.find(({ field }) => field === now.field)
      return then && Math.abs(now.count - then.count) < statisticsCountMin ? then : now
    })
}

async function statisticsOf(
  context: RegisterContext,
  card: DataCard,
  { data, schema, split, known }: StatisticsSource,
): Promise<SignedFieldStatistics | null> {
  const agreement = await latestAgreement(context)
  const table = asTable(data)
  if (agreement?.statistics !== true || !table) return null
  const document: FieldStatistics = {
    kind: 'field-statistics',
    card: card.id,
    member: card.member,
    dataset: card.dataset,
    fields: withoutDifferences(fieldStatistics(table, schema, split.train), known?.signedStatistics),
  }
  return { document, signatures: [signDocument(document, context.key)] }
}

/** An evaluator has nothing to train on: all that it registers is a test set. */
function roleFor({ role: own }: Enrolment, role: 'train' | 'test'): 'train' | 'test' {
  return own === 'evaluator' ? 'test' : role
}

function isSame(
  known: KnownCard & { readonly source: DataSource | null },
  asked: Pick<RegisteredDataset, 'source' | 'validation' | 'digest' | 'unitsDigest'> & {
    role: string
    scale: number | undefined
  },
): boolean {
  return (
    canonicalJson(known.source) === canonicalJson(asked.source) &&
    known.validation === asked.validation &&
    known.digest === asked.digest &&
    known.unitsDigest === asked.unitsDigest &&
    known.signedCard.document.role === asked.role &&
    known.noised?.scale === asked.scale
  )
}

/** Paths are kept absolute: the node may be started from anywhere. */
function absolute(path: string): string {
  return isAbsolute(path) ? path : resolve(path)
}
