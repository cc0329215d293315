import { setImmediate } from 'node:timers/promises'
import type { Id } from '@consort/protocol'
import { answersUnder } from '../answers/answer-store.ts'
import type { CaseFile, Decision } from '../case-file.ts'
import { decidedFiles } from '../cases/case-evidence.ts'
import type { GuaranteePlace } from '../guarantee-place.ts'
import type { ReviewReader } from '../tables.ts'

/** What was decided about a case and with which chances, and whether anybody has looked at it since. */
export interface DecidedCase extends Pick<CaseFile, 'id' | 'asked' | 'state'> {
  readonly decision: Pick<
    Decision,
    'action' | 'class' | 'confidence' | 'threshold' | 'propensities' | 'audit'
  >
}

const answersAtOnce = 1000

/**
 * All that one guarantee of an agent's version has decided, in the order in which it was asked: deferred cases, answers
 * that are spot-checked and those that nobody looks at. Reads every line of it, and lets others work in between: for
 * reports, not for requests that callers wait for.
 */
export async function decidedCases(database: ReviewReader, place: GuaranteePlace): Promise<DecidedCase[]> {
  const cases = await keptCases(database, place)
  for (let after: Id<'case'> | undefined; ; ) {
    const answers = await answersUnder(database, place, { after, limit: answersAtOnce })
    for (const { id, asked, decision } of answers) {
      const partly = { ...chancesOf(decision), action: 'answer' } as const
      cases.push({ id, asked, state: { kind: 'answered' }, decision: partly })
    }
    if (answers.length < answersAtOnce) break
    after = answers.at(-1)!.id
    await setImmediate()
  }
  return cases.sort((a, b) => (a.id < b.id ? -1 : 1))
}

async function keptCases(database: ReviewReader, place: GuaranteePlace): Promise<DecidedCase[]> {
  const files = await decidedFiles(database, place)
  return files
    .filter(({ decision }) => decision.guarantee === place.guarantee)
    .map(({ id, asked, state, decision }) => {
      const { action } = decision
      return { id, asked, state, decision: { ...chancesOf(decision), action } }
    })
}

function chancesOf(
  decision: Omit<DecidedCase['decision'], 'action'>,
): Omit<DecidedCase['decision'], 'action'> {
  const { class: said, confidence, threshold, propensities, audit } = decision
  return { class: said, confidence, threshold, propensities, audit }
}
