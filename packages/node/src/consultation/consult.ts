import { closedCircuit } from '@consort/agents'
import { type Id, Refusal } from '@consort/protocol'
import type { Attempt, Tried } from './attempt.ts'
import type { AskedConsultation, Consulted } from './consulted.ts'
import type { ConsultationContext } from './context.ts'
import { type Candidate, orderOf } from './order-candidates.ts'
import { enterCircuit, observe } from './partner-book.ts'
import { forgetUnheard } from './spending.ts'
import { answeringPartner, consultationTerms } from './terms.ts'
import type { TryOutcome } from './try-outcome.ts'
import { tryOne } from './try-partner.ts'

/**
 * Asks the agents of other partners about a case, one after the other within the policy's tries, seconds and money, in an
 * order drawn with P(i) ∝ exp(−α · θᵢ). Null where nobody answered, or nothing may leave; the node's log says why. Throws
 * for nothing that a partner or the hub does.
 */
export async function consult(
  context: ConsultationContext,
  asked: AskedConsultation,
): Promise<Consulted | null> {
  const began = performance.now()
  const signal = AbortSignal.any([context.closing, ...(asked.signal ? [asked.signal] : [])])
  try {
    const rule = context.policy.read().consult.ask.find(({ agent }) => agent === asked.agent)
    if (!rule) return null
    const terms = await consultationTerms(context)
    await context.showKey()
    await forgetUnheard(context)
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

async function tryPartners(context: ConsultationContext, attempt: Attempt): Promise<Consulted | null> {
  const order = await orderOf(context, attempt)
  try {
    return await tryInOrder(context, attempt, order)
  } finally {
    for (const { row } of order) if (row) context.live.delete(row.id)
  }
}

async function tryInOrder(
  context: ConsultationContext,
  attempt: Attempt,
  order: readonly Candidate[],
): Promise<Consulted | null> {
  const { asked, rule, terms, began, signal } = attempt
  const untilMs = began + rule.secondsMax * 1000
  const failures: { partner: string; why: string }[] = []
  for (const [index, { partner: name, propensity, row }] of order.entries()) {
    const now = performance.now()
    if (signal.aborted || now >= untilMs) break
    const before = context.circuits.get(name) ?? closedCircuit
    if (!enterCircuit(context, name)) continue
    const partner = answeringPartner(terms, name)
    // A partner that hangs takes its share of the time, and leaves the rest to the others.
    const until = now + (untilMs - now) / (order.length - index)
    const outcome = await tryOne(context, attempt, { partner, propensity, row, untilMs: until })
    await noteOutcome(context, name, outcome, (performance.now() - now) / 1000)
    const consulted = consultedOf(outcome, (performance.now() - began) / 1000)
    if (consulted) return consulted
    failures.push({ partner: name, why: whyOf(outcome.result) })
    if (outcome.result.kind === 'withheld' || outcome.result.kind === 'cut') {
      context.circuits.set(name, before) // the partner never heard of it
      break
    }
  }
  context.log.info({ agent: asked.agent, failures }, 'consultation-without-answer')
  return null
}

function consultedOf({ result, row }: Tried, seconds: number): Consulted | null {
  if (result.kind !== 'answered' || !row) return null
  const { class: said, confidence, version, price: priceCents } = result
  const { id, partner, propensity } = row
  return {
    id: id as Id<'consultation'>,
    partner,
    class: said,
    confidence,
    version,
    priceCents,
    seconds,
    propensity,
  }
}

function whyOf(outcome: TryOutcome): string {
  if (outcome.kind === 'declined') return `declined: ${outcome.reason}`
  return 'why' in outcome ? outcome.why : outcome.kind
}

/** What a try says of the partner; nothing where it did not get as far. */
async function noteOutcome(
  context: ConsultationContext,
  partner: string,
  { result }: Tried,
  seconds: number,
): Promise<void> {
  switch (result.kind) {
    case 'answered':
      return await observe(context, partner, { seconds, failed: false, price: result.price, tripped: false })
    case 'declined': {
      const { reason, price } = result
      // Such a partner is there, and answers other questions.
      const isWell = reason === 'too-dear' || reason === 'value-invalid'
      const told = reason === 'too-dear' ? price : null
      return await observe(context, partner, { seconds, failed: !isWell, price: told, tripped: !isWell })
    }
    case 'failed':
      return await observe(context, partner, { seconds, failed: true, price: null, tripped: true })
    case 'withheld':
    case 'cut':
      context.showKey.forget() // the hub may have come back from an older copy
  }
}
