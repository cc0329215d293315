import { setTimeout as sleep } from 'node:timers/promises'
import { hubEndpoints, isRefusal, waitSecondsMax } from '@consort/protocol'
import { backoffMs } from '../hub/retry.ts'
import { type AnswerAlone, answerQuestion } from './answer-question.ts'
import type { ConsultationContext } from './context.ts'
import { dayOf } from './spending.ts'

/** How soon the owner's edit of the policy is noticed. */
const policyLookMs = 2000
const pollMarginMs = 10_000
/** A poll that is cut after this long had reached the hub: something on the way does not bear silence. */
const cutAfterMs = 1500
/** Sealed answers are kept so long to be sent again, should the hub have lost them. */
const sealedKeptMs = 86_400_000

/**
 * Answers what other partners ask for as long as the node lives, while its policy lets any of them ask; else it does not even
 * look. Ends when `signal` aborts.
 */
export async function answerLoop(
  context: ConsultationContext,
  answer: AnswerAlone,
  signal: AbortSignal,
): Promise<void> {
  let wait = waitSecondsMax
  let today = ''
  for (let failures = 0; !signal.aborted; ) {
    const began = performance.now()
    try {
      if (!isOpen(context)) {
        await sleep(policyLookMs, undefined, { signal })
        continue
      }
      await context.showKey()
      if (today !== dayOf(context.now())) await forgetSealed(context)
      today = dayOf(context.now())
      const options = { signal, timeoutMs: wait * 1000 + pollMarginMs }
      const { questions } = await context.call(hubEndpoints.nextConsultations, { query: { wait } }, options)
      failures = 0
      await Promise.all(questions.map(question => answerQuestion(context, { answer, question, signal })))
    } catch (error) {
      if (signal.aborted) return
      const wasCut = isRefusal(error, 'unreachable')
      if (wasCut && performance.now() - began > cutAfterMs) wait = Math.max(1, Math.floor(wait / 2))
      context.showKey.forget() // the hub may have come back from an older copy
      context.log.warn({ error: String(error), failures }, 'consultations-not-answered')
      await sleep(backoffMs(failures, Math.random), undefined, { signal }).catch(() => {})
      failures += 1
    }
  }
}

/** Whether anybody may ask anything here. A policy that cannot be read allows nothing. */
function isOpen({ policy }: ConsultationContext): boolean {
  try {
    return policy.read().consult.answer.length > 0
  } catch {
    return false
  }
}

async function forgetSealed({ database, now }: ConsultationContext): Promise<void> {
  const day = dayOf(new Date(now().getTime() - sealedKeptMs))
  await database
    .updateTable('consulted')
    .set({ sealed: null })
    .where('day', '<', day)
    .where('told', '!=', 0)
    .where('sealed', 'is not', null)
    .execute()
}
