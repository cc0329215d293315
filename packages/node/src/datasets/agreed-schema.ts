import { Refusal, type TableSchema } from '@consort/protocol'
import { currentAgreement } from '../hub/agreements.ts'
import type { DatasetContext } from './context.ts'

/** The consortium's schema for a data set. Throws `agreement-refused`. */
export async function agreedSchema(
  context: Pick<DatasetContext, 'database' | 'call' | 'key' | 'enrolment' | 'now'>,
  dataset: string,
): Promise<TableSchema> {
  const agreement = await currentAgreement(context)
  const schema = agreement?.data.find(candidate => candidate.dataset === dataset)
  if (schema) return schema
  throw new Refusal('agreement-refused', `No agreement in force says what ${dataset} looks like`, {
    hint: 'A mapping translates to the schema of the agreement: propose one and have it signed first.',
  })
}
