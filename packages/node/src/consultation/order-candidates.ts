import { orderPartners } from '@consort/agents'
import { Refusal } from '@consort/protocol'
import type { Attempt } from './attempt.ts'
import type { AskingContext } from './contexts.ts'
import type { Question } from './question-store.ts'
import { answeringPartner, type ConsultationTerms } from './terms.ts'

export interface Candidate {
  readonly partner: string
  readonly propensity: number
  /** A question about this case that is on its way to it since before a restart. */
  readonly question: Question | undefined
}

/**
 * Whom to ask, in that order, no more than the policy's tries. A question that is on its way already goes first; it is
 * then this caller's alone, until the caller releases it.
 */
export async function orderOf(context: AskingContext, { asked, rule, terms }: Attempt): Promise<Candidate[]> {
  const price = await context.questions.affordable(rule)
  const allowed = rule.partners.filter(name => isAllowed(context, terms, name))
  const records = await context.partners.of(allowed)
  const order = orderPartners(
    records.filter(record => record.price <= price),
    { costs: rule.costs, alpha: rule.alpha, uniforms: records.map(asked.uniform) },
  )
  const question = await context.questions.takeOnItsWay(asked, allowed)
  const resumed: Candidate[] = question
    ? [{ partner: question.partner, propensity: question.propensity, question }]
    : []
  const others = order
    .filter(({ partner }) => partner !== resumed[0]?.partner)
    .map(drawn => ({ ...drawn, question: undefined }))
  return [...resumed, ...others].slice(0, rule.triesMax)
}

function isAllowed(context: AskingContext, terms: ConsultationTerms, name: string): boolean {
  if (name === context.enrolment.name || !context.partners.wouldAsk(name)) return false
  try {
    return answeringPartner(terms, name) !== undefined
  } catch (error) {
    if (error instanceof Refusal) return false
    throw error
  }
}
