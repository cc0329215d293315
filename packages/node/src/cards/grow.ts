import { takesCases } from '@consort/data'
import {
  createId,
  type DataCard,
  type KeyPair,
  type SignedFieldStatistics,
  signDocument,
} from '@consort/protocol'
import { countLabelled } from '@consort/review'
import { appendEvent } from '@consort/storage'
import type { Kysely } from 'kysely'
import { findCurrent, keepAfter, type RegisteredDataset } from '../datasets/dataset-store.ts'
import { trueCounts } from '../datasets/noised-counts.ts'
import type { NodeAndReviewTables } from '../tables/node-tables.ts'
import { type NoiseContext, noiseCounts } from './noised-counts.ts'

/** What a new card of a data set that grew is made with. */
export interface GrowContext extends NoiseContext {
  readonly database: Kysely<NodeAndReviewTables>
  readonly key: KeyPair
  readonly now: () => Date
}

/**
 * Takes the cases that people have answered since, and whose role is to train, among the training records of a data
 * set: a new card says how many there are now. It is on disk when this returns, and the outbox tells the hub. Nothing
 * when there are none.
 */
export async function growDataset(
  context: GrowContext,
  dataset: string,
): Promise<RegisteredDataset | undefined> {
  const known = await findCurrent(context.database, dataset)
  if (!known) return undefined
  const before = known.signedCard.document
  if (before.role === 'test' || !takesCases(before.contents.kind)) return undefined
  const cases = await countLabelled(context.database, { dataset, role: 'train' })
  const added = cases - known.cases
  if (added <= 0) return undefined
  const id = createId('card', context.entropy)
  const { train, evaluation } = trueCounts(known)
  const counts = { train: train + added, evaluation }
  const noised = await noiseCounts(context, { ...known, card: id, cases, counts })
  const card: DataCard = {
    ...before,
    id,
    trainExamples: noised?.train.told ?? counts.train,
    evaluationExamples: noised?.evaluation.told ?? counts.evaluation,
  }
  const grown: RegisteredDataset = {
    ...known,
    id,
    signedCard: { document: card, signatures: [signDocument(card, context.key)] },
    signedStatistics: known.signedStatistics && forCard(context.key, known.signedStatistics, card),
    cases,
    noised: noised ?? null,
    isPublished: false,
    registered: context.now().toISOString(),
  }
  const isKept = await context.database.transaction().execute(async transaction => {
    if (!(await keepAfter(transaction, known.id, grown))) return false
    const body = { card: id, dataset, added, trainExamples: card.trainExamples }
    await appendEvent(context, transaction, { kind: 'dataset-grown', body })
    return true
  })
  // Registered anew meanwhile, or grown by another case.
  return isKept ? grown : await growDataset(context, dataset)
}

/** What was told of the records that were there first still holds for them, under the new card. */
function forCard(key: KeyPair, signed: SignedFieldStatistics, card: DataCard): SignedFieldStatistics {
  const document = { ...signed.document, card: card.id }
  return { document, signatures: [signDocument(document, key)] }
}
