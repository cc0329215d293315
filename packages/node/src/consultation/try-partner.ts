import { hubEndpoints, Refusal, type RosterMember } from '@consort/protocol'
import { type Asking, askPartner } from './ask-partner.ts'
import type { Attempt, Tried } from './attempt.ts'
import { checkedKey } from './checked-key.ts'
import type { AskingContext } from './contexts.ts'
import type { Question } from './question-store.ts'
import type { TryOutcome } from './try-outcome.ts'

/** Asks one partner, or goes on with a question to it that is on its way. */
export async function tryOne(
  context: AskingContext,
  { asked, rule, terms, signal }: Attempt,
  to: { partner: RosterMember; propensity: number; question: Question | undefined; untilMs: number },
): Promise<Tried> {
  const { partner, propensity, untilMs } = to
  const key = await keyOf(context, partner, signal)
  if (key.kind !== 'key') return { result: key, question: undefined }
  const question =
    to.question ?? (await newQuestion(context, { asked, rule, terms, partner, key: key.key, propensity }))
  if ('kind' in question) return { result: question, question: undefined }
  const withinSeconds = Math.max(0.1, (untilMs - performance.now()) / 1000)
  const asking: Asking = {
    question,
    partner,
    sender: key.key,
    classes: asked.classes,
    untilMs,
    withinSeconds: withinSeconds + hubMarginSeconds,
    signal,
  }
  try {
    return { result: await askPartner(context, asking), question }
  } finally {
    if (!to.question) context.questions.release(question.id)
  }
}

/** The hub keeps a question a little longer than the asker waits, so that it is the asker who takes it back. */
const hubMarginSeconds = 5

async function keyOf(
  context: AskingContext,
  partner: RosterMember,
  signal: AbortSignal,
): Promise<{ kind: 'key'; key: string } | TryOutcome> {
  try {
    const params = { member: partner.id }
    const signed = await context.call(hubEndpoints.getConsultationKey, { params }, { signal })
    return { kind: 'key', key: checkedKey(signed, partner) }
  } catch (error) {
    if (signal.aborted) return { kind: 'cut' }
    if (!(error instanceof Refusal)) throw error
    if (error.code === 'not-found') return { kind: 'failed', why: 'no-key' }
    if (error.code !== 'roster-altered') return { kind: 'cut' }
    context.log.error({ partner: partner.name, message: error.message }, 'consultation-key-refused')
    return { kind: 'failed', why: 'key-refused' }
  }
}

async function newQuestion(
  context: AskingContext,
  {
    asked,
    rule,
    terms,
    partner,
    key,
    propensity,
  }: Pick<Attempt, 'asked' | 'rule' | 'terms'> & { partner: RosterMember; key: string; propensity: number },
): Promise<Question | Extract<TryOutcome, { kind: 'withheld' }>> {
  try {
    const { record } = asked
    const leaving = await context.outgoing.of(record, { terms, rule, partner: partner.name })
    const priceMax = await context.questions.affordable(rule)
    const question = { rule, partner, recipient: key, leaving, record, propensity, priceMax }
    return await context.questions.open(terms, question)
  } catch (error) {
    if (!(error instanceof Refusal)) throw error
    const { code, message, hint } = error
    context.log.warn(
      { agent: rule.agent, partner: partner.name, code, message, hint },
      'consultation-withheld',
    )
    return { kind: 'withheld', why: code }
  }
}
