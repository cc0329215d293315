import type { CaseRole } from '@consort/agents'
import { type LabelledCase, labelledBy, type ReviewReader } from '@consort/review'
import type { NodeContext } from '../context.ts'

/**
 * The cases that people closed here, as records with their labels, in the order of closing: `train` joins the data set of
 * the next round, `calibrate` and `test` never do. A case's role was fixed by its record, before anyone knew the label.
 */
export async function labelledCases(
  { database }: Pick<NodeContext, 'database'>,
  dataset: string,
  role: CaseRole,
): Promise<LabelledCase[]> {
  // `node.ts` makes the tables of cases in every node's database.
  return await labelledBy(database as unknown as ReviewReader, { dataset, role })
}
