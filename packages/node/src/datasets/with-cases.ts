import { appendRows, type Dataset } from '@consort/data'
import { Refusal } from '@consort/protocol'
import type { DatasetContext } from './context.ts'
import { labelledCases } from './labelled-cases.ts'

/** A data set with the first `count` answered cases at its end, in the order in which they were closed. */
export async function withCases(
  context: Pick<DatasetContext, 'database'>,
  data: Dataset,
  { dataset, count }: { dataset: string; count: number },
): Promise<Dataset> {
  if (count === 0) return data
  const cases = (await labelledCases(context, dataset, 'train')).slice(0, count)
  if (data.kind !== 'table' || cases.length < count) {
    throw new Refusal('data-changed', `The answered cases that belong to ${dataset} are not all here`, {
      hint: 'Was the node’s directory restored from an older copy? Register the data set again.',
    })
  }
  return appendRows(
    data,
    cases.flatMap(({ record: asked, label }) =>
      asked.kind === 'row' ? [{ cells: asked.cells, label }] : [],
    ),
  )
}
