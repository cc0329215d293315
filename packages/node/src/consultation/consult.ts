import { Refusal } from '@consort/protocol'
import type { Attempt, Tried } from './attempt.ts'
import type { AskedConsultation, Consulted } from './consulted.ts'
import type { AskingContext } from './contexts.ts'
import { type Candidate, orderOf } from './order-candidates.ts'
import { answeringPartner } from './terms.ts'
import type { TryOutcome } from './try-outcome.ts'
import { tryOne } from './try-partner.ts'

/**
 * Asks the agents of other partners about a case, one after the other within the policy's tries, seconds and money, in
 * an order drawn with P(i) ∝ exp(−α · θᵢ). Null where nobody answered, or nothing may leave; the node's log says why.
 * Throws for nothing that a partner or the hub does.
 */
export async function consult(context: AskingContext, asked: AskedConsultation): Promise<Consulted | null> {
  const began = performance.now()
  const signal = AbortSignal.any([context.closing, ...(asked.signal ? [asked.signal] : [])])
  try {
    const rule = context.policy.read().consult.ask.find(({ agent }) => agent === asked.agent)
    if (!rule) return null
    const terms = await context.terms()
    await context.keys.show()
    await context.questions.forgetUnheard()
    return await tryPartners(context, { asked, rule, terms, began, signal })
  } catch (error) {
    if (!(error instanceof Refusal)) throw error
    context.log.warn(
      { agent: asked.agent, code: error.code, message: error.message },
      'consultation-withheld',
    )
    return null
  }
}

async function tryPartners(context: AskingContext, attempt: Attempt): Promise<Consulted | null> {
  const order = await orderOf(context, attempt)
  try {
    return await tryInOrder(context, attempt, order)
  } finally {
    for (const { question } of order) if (question) context.questions.release(question.id)
  }
}

async function tryInOrder(
  context: AskingContext,
  attempt: Attempt,
  order: readonly Candidate[],
): Promise<Consulted | null> {
  const { asked, rule, terms, began, signal } = attempt
  const untilMs = began + rule.secondsMax * 1000
  const failures: { partner: string; why: string }[] = []
  for (const [index, { partner: name, propensity, question }] of order.entries()) {
    const now = performance.now()
    if (signal.aborted || now >= untilMs) break
    const { mayAsk, undo } = context.partners.enter(name)
    if (!mayAsk) continue
    const partner = answeringPartner(terms, name)
    // A partner that hangs takes its share of the time, and leaves the rest to the others.
    const until = now + (untilMs - now) / (order.length - index)
    const outcome = await tryOne(context, attempt, { partner, propensity, question, untilMs: until })
    await noteOutcome(context, name, outcome, (performance.now() - now) / 1000)
    const consulted = consultedOf(outcome, (performance.now() - began) / 1000)
    if (consulted) return consulted
    failures.push({ partner: name, why: whyOf(outcome.result) })
    if (outcome.result.kind === 'withheld' || outcome.result.kind === 'cut') {
      undo() // the partner never heard of it
      break
    }
  }
  context.log.info({ agent: asked.agent, failures }, 'consultation-without-answer')
  return null
}

function consultedOf({ result, question }: Tried, seconds: number): Consulted | null {
  if (result.kind !== 'answered' || !question) return null
  const { class: said, confidence, version, price: priceCents } = result
  const { id, partner, propensity } = question
  return { id, partner, class: said, confidence, version, priceCents, seconds, propensity }
}

function whyOf(outcome: TryOutcome): string {
  if (outcome.kind === 'declined') return `declined: ${outcome.reason}`
  return 'why' in outcome ? outcome.why : outcome.kind
}

/** What a try says of the partner; nothing where it did not get as far. */
async function noteOutcome(
  { partners, keys }: AskingContext,
  partner: string,
  { result }: Tried,
  seconds: number,
): Promise<void> {
  switch (result.kind) {
    case 'answered':
      return await partners.observe(partner, { seconds, failed: false, price: result.price, tripped: false })
    case 'declined': {
      const { reason, price } = result
      // Such a partner is there, and answers other questions.
      const isWell = reason === 'too-dear' || reason === 'value-invalid'
      const named = reason === 'too-dear' ? price : null
      return await partners.observe(partner, { seconds, failed: !isWell, price: named, tripped: !isWell })
    }
    case 'failed':
      return await partners.observe(partner, { seconds, failed: true, price: null, tripped: true })
    case 'withheld':
    case 'cut':
      keys.forgetShown() // the hub may have come back from an older copy
  }
}
