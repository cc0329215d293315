import { createHmac } from 'node:crypto'
import { type ConsultationKeys, type MessageBinding, sealMessage } from '@consort/privacy'
import {
  type CaseRecord,
  type ConsultationQuestion,
  canonicalJson,
  createId,
  type Digest,
  digestOfBytes,
  type Id,
  Refusal,
  type RosterMember,
} from '@consort/protocol'
import type { Selectable } from 'kysely'
import { appendEvent } from '../context.ts'
import type { AskRule } from '../policy/consult-policy.ts'
import type { NodeAndConsultationTables } from '../tables/consultation-tables.ts'
import type { ConsultationContext } from './context.ts'
import { affordable, monthOf } from './spending.ts'
import type { ConsultationTerms } from './terms.ts'

export type QuestionRow = Selectable<NodeAndConsultationTables['consultation']>

/**
 * Seals a question and writes it down with its entry in the event log, before it leaves: what is sent is known here, and after
 * a crash it is sent again byte for byte, never sealed anew. It is live until the caller takes it from `live`. Throws `too-large`, and `budget-spent` where others have meanwhile
 * taken what was left to spend.
 */
export async function openQuestion(
  context: ConsultationContext,
  terms: ConsultationTerms,
  asked: {
    readonly rule: AskRule
    readonly partner: RosterMember
    /** Of the partner, checked. */
    readonly recipient: ConsultationKeys['publicKey']
    /** As it leaves. */
    readonly record: CaseRecord
    readonly askedAbout: string
    readonly propensity: number
    readonly priceMax: number
  },
): Promise<QuestionRow> {
  const { rule, partner, recipient, priceMax } = asked
  const id = createId('consultation', context.entropy)
  const question: ConsultationQuestion = {
    agent: rule.theirs ?? rule.agent,
    record: asked.record,
    priceMax,
  }
  const octets = await sealMessage(Buffer.from(canonicalJson(question)), {
    binding: questionBinding(context, { id, agreement: terms.digest, to: partner.id }),
    sender: context.keys,
    recipient,
    entropy: context.entropy,
  })
  const now = context.now()
  const row: QuestionRow = {
    id,
    agent: rule.agent,
    partner: partner.name,
    asked_about: asked.askedAbout,
    agreement: terms.digest,
    sealed: Buffer.from(octets).toString('base64url'),
    propensity: asked.propensity,
    state: 'sent',
    price: priceMax,
    month: monthOf(now),
    sent: now.toISOString(),
  }
  context.live.add(id) // from before anyone else can find it
  try {
    await keepQuestion(context, { row, rule, bytes: octets.length })
  } catch (error) {
    context.live.delete(id)
    throw error
  }
  return row
}

async function keepQuestion(
  context: ConsultationContext,
  { row, rule, bytes }: { row: QuestionRow; rule: AskRule; bytes: number },
): Promise<void> {
  const { id: consultation, agent, partner, agreement, propensity } = row
  await context.database.transaction().execute(async transaction => {
    if ((await affordable(transaction, rule, context.now())) < row.price) {
      throw new Refusal('budget-spent', `What ${agent} may spend on consultations is on its way`)
    }
    await transaction.insertInto('consultation').values(row).execute()
    const body = { consultation, agent, partner, agreement, bytes, propensity }
    await appendEvent(context, transaction, { kind: 'case-consulted', body })
  })
}

/** What a question that this node asks is bound to. */
export function questionBinding(
  { enrolment }: Pick<ConsultationContext, 'enrolment'>,
  { id, agreement, to }: { id: Id<'consultation'>; agreement: Digest; to: Id<'member'> },
): MessageBinding {
  return { kind: 'question', agreement, consultation: id, from: enrolment.member, to, question: null }
}

/** What its answer is bound to: the sealed question too, so that no other case's answer passes for it. */
export function answerBinding(
  { enrolment }: Pick<ConsultationContext, 'enrolment'>,
  row: QuestionRow,
  from: Id<'member'>,
): MessageBinding {
  return {
    kind: 'answer',
    agreement: row.agreement as Digest,
    consultation: row.id as Id<'consultation'>,
    from,
    to: enrolment.member,
    question: digestOfBytes(Buffer.from(row.sealed, 'base64url')),
  }
}

/** The same for the same record and agent, and says nothing without the node's own key. */
export function askedAbout({ splitKey }: ConsultationContext, agent: string, record: CaseRecord): string {
  return createHmac('sha256', splitKey)
    .update(canonicalJson(['consultation', agent, record]))
    .digest('hex')
}
