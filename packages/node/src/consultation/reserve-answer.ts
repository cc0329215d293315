import { checkUse } from '@consort/agreements'
import type { ConsultationDecline, Digest, Id, RosterMember } from '@consort/protocol'
import { Refusal } from '@consort/protocol'
import type { AnswerRule } from '../policy/consult-policy.ts'
import { consultRules } from '../policy/consult-rules.ts'
import { countAsked, findAsked, keepCounted } from './answer-store.ts'
import type { AnsweringContext } from './contexts.ts'
import { dayOf } from './spending.ts'
import type { ConsultationTerms } from './terms.ts'

interface Wanted {
  readonly id: Id<'consultation'>
  readonly asker: RosterMember
  readonly agent: string
  /** The most that the asker pays. */
  readonly priceMax: number
  readonly digest: Digest
  readonly terms: ConsultationTerms
}

export type Reserved =
  | { readonly kind: 'reserved'; readonly price: number }
  | { readonly kind: 'declined'; readonly reason: ConsultationDecline; readonly price: number }

/**
 * Whether a question may be answered at all, by the policy of this site and the agreement, and whether the partner has
 * one left today: it is then counted, durably, before a model has seen anything, and only once however often it comes.
 */
export async function reserveAnswer(context: AnsweringContext, wanted: Wanted): Promise<Reserved> {
  const rule = ruleFor(context, wanted)
  // Who may not ask an agent learns neither that there is one nor its price.
  if (!rule) return { kind: 'declined', reason: 'policy-refused', price: 0 }
  if (!mayAnswer(context, wanted.terms)) return { kind: 'declined', reason: 'agreement-refused', price: 0 }
  const price = rule.priceCents
  if (price > wanted.priceMax) return { kind: 'declined', reason: 'too-dear', price }
  const isLeft = await count(context, wanted, rule)
  return isLeft ? { kind: 'reserved', price } : { kind: 'declined', reason: 'quota-spent', price }
}

function ruleFor({ policy, log }: AnsweringContext, { agent, asker }: Wanted): AnswerRule | undefined {
  const { answer } = consultRules(policy, ({ message }) => log.error({ message }, 'policy-unreadable'))
  const rule = answer.find(known => known.agent === agent)
  return rule?.partners.includes(asker.name) ? rule : undefined
}

function mayAnswer({ enrolment }: AnsweringContext, { agreement }: ConsultationTerms): boolean {
  try {
    checkUse(agreement, enrolment.name)
    return true
  } catch (error) {
    if (error instanceof Refusal) return false
    throw error
  }
}

async function count(
  context: AnsweringContext,
  { id, asker, agent, digest }: Wanted,
  { perDay }: AnswerRule,
): Promise<boolean> {
  const day = dayOf(context.now())
  return await context.database.transaction().execute(async transaction => {
    if (await findAsked(transaction, id)) return true
    const asked = { id, partner: asker.name, agent, question: digest, day }
    if ((await countAsked(transaction, asked)) >= perDay) return false
    await keepCounted(transaction, asked)
    return true
  })
}
