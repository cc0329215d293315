import { orderPartners } from '@consort/agents'
import { Refusal } from '@consort/protocol'
import type { Attempt } from './attempt.ts'
import type { AskedConsultation } from './consulted.ts'
import type { ConsultationContext } from './context.ts'
import { askedAbout, type QuestionRow } from './open-question.ts'
import { partnerRecords, wouldAsk } from './partner-book.ts'
import { affordable } from './spending.ts'
import { answeringPartner, type ConsultationTerms } from './terms.ts'

export interface Candidate {
  readonly partner: string
  readonly propensity: number
  /** A question about this case that is on its way to it since before a restart. */
  readonly row: QuestionRow | undefined
}

/**
 * Whom to ask, in that order, no more than the policy's tries. A question that is on its way already goes first; it is then
 * this caller's alone, and live, until the caller takes it from `live`.
 */
export async function orderOf(
  context: ConsultationContext,
  { asked, rule, terms }: Attempt,
): Promise<Candidate[]> {
  const price = await affordable(context.database, rule, context.now())
  const allowed = rule.partners.filter(name => isAllowed(context, terms, name))
  const records = await partnerRecords(context, allowed)
  const order = orderPartners(
    records.filter(record => record.price <= price),
    { costs: rule.costs, alpha: rule.alpha, uniforms: records.map(asked.uniform) },
  )
  const row = await takeQuestionOnItsWay(context, asked, allowed)
  const resumed: Candidate[] = row ? [{ partner: row.partner, propensity: row.propensity, row }] : []
  const others = order
    .filter(({ partner }) => partner !== resumed[0]?.partner)
    .map(drawn => ({ ...drawn, row: undefined }))
  return [...resumed, ...others].slice(0, rule.triesMax)
}

function isAllowed(context: ConsultationContext, terms: ConsultationTerms, name: string): boolean {
  if (name === context.enrolment.name || !wouldAsk(context, name)) return false
  try {
    return answeringPartner(terms, name) !== undefined
  } catch (error) {
    if (error instanceof Refusal) return false
    throw error
  }
}

async function takeQuestionOnItsWay(
  context: ConsultationContext,
  { agent, record }: AskedConsultation,
  allowed: readonly string[],
): Promise<QuestionRow | undefined> {
  const rows = await context.database
    .selectFrom('consultation')
    .selectAll()
    .where('asked_about', '=', askedAbout(context, agent, record))
    .where('state', '=', 'sent')
    .execute()
  const row = rows.find(({ id, partner }) => !context.live.has(id) && allowed.includes(partner))
  if (row) context.live.add(row.id)
  return row
}
