import type { CaseRole } from '@consort/agents'
import { type LabelledCase, labelledBy } from '@consort/review'
import type { DatasetContext } from './context.ts'

/**
 * The cases that people closed here, as records with their labels, in the order of closing: `train` joins the data set
 * of the next round, `calibrate` and `test` never do. A case's role was fixed by its record, before anyone knew the
 * label.
 */
export async function labelledCases(
  { database }: Pick<DatasetContext, 'database'>,
  dataset: string,
  role: CaseRole,
): Promise<LabelledCase[]> {
  return await labelledBy(database, { dataset, role })
}
