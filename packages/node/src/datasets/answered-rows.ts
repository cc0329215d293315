import type { Dataset, LabelledRow, TableDataset } from '@consort/data'
import { Refusal } from '@consort/protocol'
import type { DatasetContext } from './context.ts'
import { labelledCases } from './labelled-cases.ts'

/**
 * The first `count` answered cases of a table, in the order in which they were closed, as rows that come after its own.
 * Throws `data-changed` when they are not all here.
 */
export async function answeredRows(
  context: Pick<DatasetContext, 'database'>,
  data: Dataset,
  { dataset, count }: { dataset: string; count: number },
): Promise<{ table: TableDataset; rows: LabelledRow[] }> {
  const cases = (await labelledCases(context, dataset, 'train')).slice(0, count)
  if (data.kind !== 'table' || cases.length < count) {
    throw new Refusal('data-changed', `The answered cases that belong to ${dataset} are not all here`, {
      hint: 'Was the node’s directory restored from an older copy? Register the data set again.',
    })
  }
  const rows = cases.flatMap(({ record: asked, label }) =>
    asked.kind === 'row' ? [{ cells: asked.cells, label }] : [],
  )
  return { table: data, rows }
}
