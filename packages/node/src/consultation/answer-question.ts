import { openMessage, sealMessage } from '@consort/privacy'
import {
  type CaseRecord,
  type ConsultationAnswer,
  type ConsultationDecline,
  canonicalJson,
  consultationQuestionSchema,
  type Digest,
  digestOfBytes,
  hubEndpoints,
  type Id,
  isRefusal,
  Refusal,
  type Result,
  type RosterMember,
} from '@consort/protocol'
import { appendEvent } from '@consort/storage'
import { retry } from '../hub/retry.ts'
import { type AskedQuestion, findAsked, keepSealed, markDelivered } from './answer-store.ts'
import { checkedKey } from './checked-key.ts'
import type { AnsweringContext } from './contexts.ts'
import { readJson } from './read-json.ts'
import { reserveAnswer } from './reserve-answer.ts'
import { dayOf } from './spending.ts'
import type { ConsultationTerms } from './terms.ts'

/** What an agent of this node says of a record, by itself: the class, and how sure it is, calibrated. */
export type AnswerAlone = (
  agent: string,
  record: CaseRecord,
) => Promise<{ readonly class: string; readonly confidence: number; readonly version: Id<'version'> }>

/** A question as the hub passes it on. */
export type SealedQuestion = Result<typeof hubEndpoints.nextConsultations>['questions'][number]

/** How long an answer may take to reach the hub. */
const deliverWithinMs = 10_000

/**
 * Answers one question of another partner, or declines it with a code. It is answered once: what is sent is written
 * down first, and sent again byte for byte however often the question comes. What cannot be opened is handed back to
 * the hub as such.
 */
export async function answerQuestion(
  context: AnsweringContext,
  { answer, question, signal }: { answer: AnswerAlone; question: SealedQuestion; signal: AbortSignal },
): Promise<void> {
  const digest = digestOfBytes(Buffer.from(question.sealed, 'base64url'))
  const kept = await findAsked(context.database, question.id)
  const isOther = kept !== undefined && kept.question !== digest
  const sealed = isOther
    ? null
    : (kept?.sealed ?? (await makeAnswer(context, { answer, question, digest, kept })))
  const params = { consultation: question.id }
  try {
    await retry(
      () => context.call(hubEndpoints.answerConsultation, { params, body: { sealed } }, { signal }),
      { signal, withinMs: deliverWithinMs },
    )
    if (!isOther) await markDelivered(context.database, question.id, 'taken')
  } catch (error) {
    if (!isRefusal(error, 'not-found') && !isRefusal(error, 'state-conflict')) throw error
    if (!isOther) await markDelivered(context.database, question.id, 'late')
    context.log.info({ consultation: question.id, code: error.code }, 'consultation-too-late')
  }
}

interface Opened {
  readonly terms: ConsultationTerms
  readonly asker: RosterMember
  /** The asker's, checked. */
  readonly key: string
  readonly plain: Uint8Array
}

/** The sealed answer, written down; null where nothing can be sealed for whoever asks, or it was answered long ago. */
async function makeAnswer(
  context: AnsweringContext,
  {
    answer,
    question,
    digest,
    kept,
  }: {
    answer: AnswerAlone
    question: SealedQuestion
    digest: Digest
    kept: AskedQuestion | undefined
  },
): Promise<string | null> {
  if (kept?.isDelivered) return null
  const opened = await open(context, question).catch(error => {
    if (!(error instanceof Refusal)) throw error
    const { code, message } = error
    context.log.warn(
      { consultation: question.id, from: question.from, code, message },
      'consultation-unreadable',
    )
    return null
  })
  if (!opened) return null
  const { agent, result } = await decide(context, opened, { answer, question, digest })
  const octets = await sealMessage(Buffer.from(canonicalJson(result)), {
    binding: {
      kind: 'answer',
      agreement: opened.terms.digest,
      consultation: question.id,
      from: context.enrolment.member,
      to: opened.asker.id,
      question: digest,
    },
    sender: context.keys,
    recipient: opened.key,
    entropy: context.entropy,
  })
  const sealed = Buffer.from(octets).toString('base64url')
  return await keep(context, { question, asker: opened.asker, agent, digest, result, sealed })
}

/** Throws `roster-altered`, `agreement-refused`, `value-invalid`. */
async function open(context: AnsweringContext, question: SealedQuestion): Promise<Opened> {
  const terms = await context.terms()
  const asker = terms.roster.members.find(({ id, role }) => id === question.from && role === 'partner')
  if (!asker) throw new Refusal('roster-altered', 'Who asks is no partner in the roster that all have signed')
  const key = checkedKey(question.key, asker)
  const plain = await openMessage(Buffer.from(question.sealed, 'base64url'), {
    binding: {
      kind: 'question',
      agreement: terms.digest,
      consultation: question.id,
      from: asker.id,
      to: context.enrolment.member,
      question: null,
    },
    recipient: context.keys,
    sender: key,
  })
  return { terms, asker, key, plain }
}

async function decide(
  context: AnsweringContext,
  { terms, asker, plain }: Opened,
  { answer, question, digest }: { answer: AnswerAlone; question: SealedQuestion; digest: Digest },
): Promise<{ agent: string; result: ConsultationAnswer }> {
  const asked = consultationQuestionSchema.safeParse(readJson(plain)).data
  if (!asked) return { agent: '', result: declined('value-invalid') }
  const { agent, priceMax } = asked
  const { id } = question
  const reserved = await reserveAnswer(context, { id, asker, agent, priceMax, digest, terms })
  if (reserved.kind === 'declined') return { agent, result: reserved }
  try {
    const { class: said, confidence, version } = await answer(agent, asked.record)
    const rounded = Math.round(confidence * 100) / 100
    return {
      agent,
      result: { kind: 'answered', class: said, confidence: rounded, version, price: reserved.price },
    }
  } catch (error) {
    const reason = declineOf(error)
    context.log.warn({ consultation: id, agent, reason, error: String(error) }, 'consultation-not-answered')
    return { agent, result: declined(reason) }
  }
}

function declined(reason: ConsultationDecline): ConsultationAnswer {
  return { kind: 'declined', reason, price: 0 }
}

/** Codes that say something of the record or the agent; all else is this node's own business. */
function declineOf(error: unknown): ConsultationDecline {
  if (!(error instanceof Refusal)) return 'internal'
  if (error.code === 'value-invalid' || error.code === 'not-found' || error.code === 'agreement-refused')
    return error.code
  return 'internal'
}

/** With its entry in the event log, before it leaves. Of two at the same time the first one stays. */
async function keep(
  context: AnsweringContext,
  {
    question,
    asker,
    agent,
    digest,
    result,
    sealed,
  }: {
    question: SealedQuestion
    asker: RosterMember
    agent: string
    digest: Digest
    result: ConsultationAnswer
    sealed: string
  },
): Promise<string> {
  const { id } = question
  return await context.database.transaction().execute(async transaction => {
    const known = await findAsked(transaction, id)
    if (known && known.sealed !== null) return known.sealed
    const price = result.kind === 'answered' ? result.price : 0
    const day = dayOf(context.now())
    const asked = { id, partner: asker.name, agent, question: digest, day }
    await keepSealed(transaction, asked, { sealed, price })
    const bytes = Buffer.from(sealed, 'base64url').length
    const both = { consultation: id, agent, partner: asker.name, bytes }
    await appendEvent(
      context,
      transaction,
      result.kind === 'answered'
        ? { kind: 'consultation-answered', body: { ...both, version: result.version, price } }
        : { kind: 'consultation-declined', body: { ...both, reason: result.reason } },
    )
    return sealed
  })
}
