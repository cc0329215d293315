import { hubEndpoints, Refusal, type RosterMember } from '@consort/protocol'
import { type Asking, askPartner } from './ask-partner.ts'
import type { Attempt, Tried } from './attempt.ts'
import { checkedKey } from './consultation-key.ts'
import type { ConsultationContext } from './context.ts'
import { askedAbout, openQuestion, type QuestionRow } from './open-question.ts'
import { outgoingRecord } from './outgoing-record.ts'
import { affordable } from './spending.ts'
import type { TryOutcome } from './try-outcome.ts'

/** Asks one partner, or goes on with a question to it that is on its way. */
export async function tryOne(
  context: ConsultationContext,
  { asked, rule, terms, signal }: Attempt,
  to: { partner: RosterMember; propensity: number; row: QuestionRow | undefined; untilMs: number },
): Promise<Tried> {
  const { partner, propensity, untilMs } = to
  const key = await keyOf(context, partner, signal)
  if (key.kind !== 'key') return { result: key, row: undefined }
  const row =
    to.row ?? (await newQuestion(context, { asked, rule, terms, partner, key: key.key, propensity }))
  if ('kind' in row) return { result: row, row: undefined }
  const withinSeconds = Math.max(0.1, (untilMs - performance.now()) / 1000)
  const asking: Asking = {
    row,
    partner,
    sender: key.key,
    classes: asked.classes,
    untilMs,
    withinSeconds: withinSeconds + hubMarginSeconds,
    signal,
  }
  try {
    return { result: await askPartner(context, asking), row }
  } finally {
    if (!to.row) context.live.delete(row.id)
  }
}

/** The hub keeps a question a little longer than the asker waits, so that it is the asker who takes it back. */
const hubMarginSeconds = 5

async function keyOf(
  context: ConsultationContext,
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
  context: ConsultationContext,
  {
    asked,
    rule,
    terms,
    partner,
    key,
    propensity,
  }: Pick<Attempt, 'asked' | 'rule' | 'terms'> & { partner: RosterMember; key: string; propensity: number },
): Promise<QuestionRow | Extract<TryOutcome, { kind: 'withheld' }>> {
  try {
    const leaving = await outgoingRecord(context, terms, {
      record: asked.record,
      rule,
      partner: partner.name,
    })
    return await openQuestion(context, terms, {
      rule,
      partner,
      recipient: key,
      record: leaving,
      askedAbout: askedAbout(context, rule.agent, asked.record),
      propensity,
      priceMax: await affordable(context.database, rule, context.now()),
    })
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
