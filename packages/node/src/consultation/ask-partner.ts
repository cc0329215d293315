import { openMessage } from '@consort/privacy'
import {
  consultationAnswerSchema,
  hubEndpoints,
  Refusal,
  type RefusalCode,
  type RosterMember,
  waitSecondsMax,
} from '@consort/protocol'
import { isPassing, retry } from '../hub/retry.ts'
import { answerBinding } from './bindings.ts'
import type { AskingContext } from './contexts.ts'
import type { Question } from './question-store.ts'
import { readJson } from './read-json.ts'
import type { TryOutcome } from './try-outcome.ts'

/** A question to one partner, and how long its answer is waited for. */
export interface Asking {
  readonly question: Question
  readonly partner: RosterMember
  /** Of the partner, checked. */
  readonly sender: string
  readonly classes: readonly string[]
  /** On the clock of `performance.now()`. */
  readonly untilMs: number
  readonly withinSeconds: number
  readonly signal: AbortSignal
}

/**
 * Sends a question that is written down and waits for its answer. Whatever the partner sends, this returns; what comes
 * back is written down before anybody hears of it. Where the hub cannot be reached or the node closes, the question
 * stays on its way, to be taken up again.
 */
export async function askPartner(context: AskingContext, asking: Asking): Promise<TryOutcome> {
  const heard = await hear(context, asking)
  if (heard.kind === 'cut') return heard
  const outcome = heard.kind === 'sealed' ? await read(context, asking, heard.sealed) : outcomeOf(heard)
  await conclude(context, asking, outcome, heard.kind === 'forgotten')
  if (heard.kind === 'sealed') tellHeard(context, asking.question)
  return outcome
}

/** What became of a question that is over. */
type EndedOutcome = Exclude<TryOutcome, { kind: 'cut' }>

type Heard =
  | { readonly kind: 'sealed'; readonly sealed: string | null }
  /** It was given up before there was an answer: nothing is owed. */
  | { readonly kind: 'given-up' }
  /** The hub does not know of it any more: there may have been an answer. */
  | { readonly kind: 'forgotten' }
  /** The hub does not pass it on. */
  | { readonly kind: 'refused'; readonly code: RefusalCode }
  | { readonly kind: 'cut' }

function outcomeOf(heard: Exclude<Heard, { kind: 'sealed' | 'cut' }>): EndedOutcome {
  if (heard.kind === 'refused') return { kind: 'withheld', why: heard.code }
  return { kind: 'failed', why: 'timeout' }
}

async function hear(context: AskingContext, asking: Asking): Promise<Heard> {
  const { question, partner, withinSeconds, signal } = asking
  const { id, sealed } = question
  const body = { id, to: partner.id, sealed, withinSeconds }
  const sent = await untilReached(asking, () =>
    context.call(hubEndpoints.sendConsultation, { body }, { signal, timeoutMs: timeoutMs(asking) }),
  )
  if (sent.kind === 'cut') return await giveUp(context, asking)
  if (sent.kind === 'refused') return { kind: 'refused', code: sent.error.code }
  for (;;) {
    const left = (asking.untilMs - performance.now()) / 1000
    if (left <= 0) return await giveUp(context, asking)
    const input = { params: { consultation: id }, query: { wait: Math.min(left, waitSecondsMax) } }
    const polled = await untilReached(asking, () =>
      context.call(hubEndpoints.getConsultationAnswer, input, { signal, timeoutMs: timeoutMs(asking) }),
    )
    if (polled.kind === 'refused' && polled.error.code === 'not-found') return { kind: 'forgotten' }
    if (polled.kind === 'refused') throw polled.error
    if (polled.kind === 'cut') return await giveUp(context, asking)
    if (polled.value.state === 'answered') return { kind: 'sealed', sealed: polled.value.sealed }
  }
}

/** What a call may take longer than its own wait, and what giving up may take. */
const marginMs = 1000

function timeoutMs({ untilMs }: Asking): number {
  return Math.ceil(Math.max(0, untilMs - performance.now())) + marginMs
}

type Reached<T> =
  | { readonly kind: 'done'; readonly value: T }
  | { readonly kind: 'refused'; readonly error: Refusal }
  | { readonly kind: 'cut' }

/** Repeats a call, which must be safe to repeat, until the hub has answered it or the time is over. */
async function untilReached<T>(
  { untilMs, signal }: Pick<Asking, 'untilMs' | 'signal'>,
  call: () => Promise<T>,
): Promise<Reached<T>> {
  if (signal.aborted) return { kind: 'cut' }
  const withinMs = untilMs - performance.now()
  try {
    return { kind: 'done', value: await retry(call, { signal, withinMs, pauseMaxMs: 100 }) }
  } catch (error) {
    if (signal.aborted || isPassing(error)) return { kind: 'cut' }
    if (!(error instanceof Refusal)) throw error
    return { kind: 'refused', error }
  }
}

/**
 * Takes the question back. The hub decides which came first, this or the answer, so that both sides know alike whether
 * something is owed. A node that closes leaves it on its way.
 */
async function giveUp(context: AskingContext, asking: Asking): Promise<Heard> {
  if (context.closing.aborted) return { kind: 'cut' }
  const params = { consultation: asking.question.id }
  const patience = { untilMs: performance.now() + marginMs, signal: context.closing }
  const options = { signal: context.closing, timeoutMs: marginMs }
  const closed = await untilReached(patience, () =>
    context.call(hubEndpoints.closeConsultation, { params, body: { heard: false } }, options),
  )
  if (closed.kind === 'done') return { kind: 'given-up' }
  if (closed.kind === 'cut') return { kind: 'cut' }
  if (closed.error.code === 'not-found') return { kind: 'forgotten' }
  if (closed.error.code !== 'state-conflict') throw closed.error
  const late = await untilReached(patience, () =>
    context.call(hubEndpoints.getConsultationAnswer, { params, query: { wait: 0 } }, options),
  )
  if (late.kind === 'done') return { kind: 'sealed', sealed: late.value.sealed }
  return late.kind === 'refused' ? { kind: 'forgotten' } : { kind: 'cut' }
}

/** What a partner sent, as far as it keeps to what was agreed: a class of the question, a price within its bound. */
async function read(
  context: AskingContext,
  { question, partner, sender, classes }: Asking,
  sealed: string | null,
): Promise<EndedOutcome> {
  if (sealed === null) return { kind: 'failed', why: 'unreadable' }
  const binding = answerBinding(context.enrolment.member, question, partner.id)
  const octets = Buffer.from(sealed, 'base64url')
  const plain = await openMessage(octets, { binding, recipient: context.keys, sender }).catch(() => undefined)
  if (plain === undefined) return { kind: 'failed', why: 'unreadable' }
  const answer = consultationAnswerSchema.safeParse(readJson(plain)).data
  if (answer === undefined) return { kind: 'failed', why: 'invalid' }
  if (answer.kind === 'declined') return answer
  return classes.includes(answer.class) && answer.price <= question.price
    ? answer
    : { kind: 'failed', why: 'invalid' }
}

/**
 * Keeps what became of the question, with its entry in the log. A lie is not paid for; what nobody knows may have to
 * be.
 */
async function conclude(
  context: AskingContext,
  { question }: Asking,
  outcome: EndedOutcome,
  isUnheard: boolean,
): Promise<void> {
  const price = outcome.kind === 'answered' ? outcome.price : isUnheard ? question.price : 0
  const state = isUnheard ? 'unheard' : outcome.kind
  await context.questions.end(question, { state, price, outcome })
}

/** The hub may forget it; if it is not told, it does so by itself some minutes later. */
function tellHeard({ call, closing }: AskingContext, { id }: Question): void {
  const params = { consultation: id }
  call(hubEndpoints.closeConsultation, { params, body: { heard: true } }, { signal: closing }).catch(() => {})
}
