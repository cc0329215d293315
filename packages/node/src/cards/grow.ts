import {
  createId,
  type DataCard,
  type DatasetView,
  type SignedDataCard,
  type SignedFieldStatistics,
  signDocument,
} from '@consort/protocol'
import { appendEvent, type NodeContext } from '../context.ts'
import { currentDataset } from '../datasets/find-dataset.ts'
import { labelledCases } from '../datasets/labelled-cases.ts'
import { trueCounts } from '../datasets/noised-counts.ts'
import { noiseCounts } from './noised-counts.ts'
import { publish } from './publish.ts'

/**
 * Takes the cases that people have answered since, and whose role is to train, among the training records of a data set:
 * a new card tells the hub how many there are now. Nothing when there are none.
 */
export async function growDataset(context: NodeContext, dataset: string): Promise<DatasetView | undefined> {
  const known = await currentDataset(context, dataset)
  if (!known) return undefined
  const before = (JSON.parse(known.signed_card) as SignedDataCard).document
  if (before.role === 'test' || before.contents.kind !== 'table') return undefined
  const cases = await labelledCases(context, dataset, 'train')
  const added = cases.length - known.cases
  if (added <= 0) return undefined
  const id = createId('card', context.entropy)
  const { train, evaluation } = trueCounts(known)
  const counts = { train: train + added, evaluation }
  const noised = await noiseCounts(context, { ...known, card: id, cases: cases.length, counts })
  const card: DataCard = {
    ...before,
    id,
    trainExamples: noised?.train.told ?? counts.train,
    evaluationExamples: noised?.evaluation.told ?? counts.evaluation,
  }
  const row = {
    ...known,
    id: card.id,
    signed_card: JSON.stringify({ document: card, signatures: [signDocument(card, context.key)] }),
    signed_statistics: known.signed_statistics && forCard(context, known.signed_statistics, card),
    cases: cases.length,
    noised: noised ? JSON.stringify(noised) : null,
    published: 0,
    registered: context.now().toISOString(),
  }
  const isKept = await context.database.transaction().execute(async transaction => {
    const { numUpdatedRows } = await transaction
      .updateTable('dataset')
      .set({ current: 0 })
      .where('id', '=', known.id)
      .where('current', '=', 1)
      .executeTakeFirstOrThrow()
    if (numUpdatedRows === 0n) return false // registered anew meanwhile, or grown by another case
    await transaction.insertInto('dataset').values(row).execute()
    const body = { card: card.id, dataset, added, trainExamples: card.trainExamples }
    await appendEvent(context, transaction, { kind: 'dataset-grown', body })
    return true
  })
  return isKept ? await publish(context, row) : await growDataset(context, dataset)
}

/** What was told of the records that were there first still holds for them, under the new card. */
function forCard({ key }: NodeContext, signed: string, card: DataCard): string {
  const document = { ...(JSON.parse(signed) as SignedFieldStatistics).document, card: card.id }
  return JSON.stringify({ document, signatures: [signDocument(document, key)] })
}
