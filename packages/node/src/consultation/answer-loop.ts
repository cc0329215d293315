import { setTimeout as sleep } from 'node:timers/promises'
import { hubEndpoints } from '@consort/protocol'
import { createLongPoll } from '../hub/long-poll.ts'
import { createBackoff } from '../hub/retry.ts'
import { consultRules } from '../policy/consult-rules.ts'
import { type AnswerAlone, answerQuestion } from './answer-question.ts'
import { forgetSealedBefore } from './answer-store.ts'
import type { AnsweringContext } from './contexts.ts'
import { dayOf } from './spending.ts'

/** How soon the owner's edit of the policy is noticed. */
const policyLookMs = 2000
/** Sealed answers are kept so long to be sent again, should the hub have lost them. */
const sealedKeptMs = 86_400_000

/**
 * Answers what other partners ask for as long as the node lives, while its policy lets any of them ask; else it does
 * not even look. Ends when `signal` aborts.
 */
export async function answerLoop(
  context: AnsweringContext,
  answer: AnswerAlone,
  signal: AbortSignal,
): Promise<void> {
  const longPoll = createLongPoll(context.log)
  const backoff = createBackoff()
  let today = ''
  while (!signal.aborted) {
    try {
      if (consultRules(context.policy).answer.length === 0) {
        await sleep(policyLookMs, undefined, { signal })
        continue
      }
      await context.keys.show()
      if (today !== dayOf(context.now())) await forgetSealed(context)
      today = dayOf(context.now())
      const { questions } = await longPoll(({ waitSeconds: wait, timeoutMs }) =>
        context.call(hubEndpoints.nextConsultations, { query: { wait } }, { signal, timeoutMs }),
      )
      backoff.succeeded()
      await Promise.all(questions.map(question => answerQuestion(context, { answer, question, signal })))
    } catch (error) {
      if (signal.aborted) return
      context.keys.forgetShown() // the hub may have come back from an older copy
      context.log.warn({ error: String(error), failures: backoff.failures }, 'consultations-not-answered')
      await backoff.pause(signal)
    }
  }
}

async function forgetSealed({ database, now }: AnsweringContext): Promise<void> {
  await forgetSealedBefore(database, dayOf(new Date(now().getTime() - sealedKeptMs)))
}
