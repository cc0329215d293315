import type { Decision } from './case-file.ts'
import type { GuaranteePlace } from './decided-cases.ts'
import type { ReviewReader } from './tables.ts'

/** What an agent said of a case, how it came to be labelled, and whether the label says that it was wrong. */
export interface JudgedDecision {
  readonly decision: Decision
  readonly isWrong: boolean
}

/** The labelled cases of one guarantee of an agent's version whose role is not to calibrate: its gate has not seen them. */
export async function judgedApart(
  database: ReviewReader,
  { agent, version, guarantee }: GuaranteePlace,
): Promise<JudgedDecision[]> {
  const rows = await database
    .selectFrom('asked_case')
    .select(['decision', 'final_class'])
    .where('agent', '=', agent)
    .where('version', '=', version)
    .where('role', '!=', 'calibrate')
    .where('final_class', 'is not', null)
    .execute()
  return rows.flatMap(row => {
    const decision = JSON.parse(row.decision) as Decision
    return decision.guarantee === guarantee ? [{ decision, isWrong: decision.class !== row.final_class }] : []
  })
}
