import { Refusal } from '@consort/protocol'
import type { LabelledCase } from '@consort/review'
import type { DatasetContext } from './context.ts'
import { labelledCases } from './labelled-cases.ts'

/**
 * The first `count` answered cases of a data set, in the order in which they were closed, as `join` puts them among its
 * records. Throws `data-changed` when they are not all here, or do not join such records.
 */
export async function answeredRecords<Joined>(
  context: Pick<DatasetContext, 'database'>,
  { dataset, count }: { dataset: string; count: number },
  join: (cases: readonly LabelledCase[]) => Joined | undefined,
): Promise<Joined> {
  const cases = (await labelledCases(context, dataset, 'train')).slice(0, count)
  const joined = cases.length < count ? undefined : join(cases)
  if (joined !== undefined) return joined
  throw new Refusal('data-changed', `The answered cases that belong to ${dataset} are not all here`, {
    hint: 'Was the node’s directory restored from an older copy? Register the data set again.',
  })
}
