import { Refusal } from '@consort/protocol'
import type { AnswerRule, AskRule } from './consult-policy.ts'
import type { PolicyFile } from './policy.ts'

/** What a site's policy lets be asked of partners, and answered to them. */
export interface ConsultRules {
  readonly ask: readonly AskRule[]
  readonly answer: readonly AnswerRule[]
}

/** The rules as they are now. A policy that nobody understands allows nothing: `onUnreadable` is told why. */
export function consultRules(
  policy: Pick<PolicyFile, 'read'>,
  onUnreadable: (refusal: Refusal) => void = () => {},
): ConsultRules {
  try {
    return policy.read().consult
  } catch (error) {
    if (!(error instanceof Refusal)) throw error
    onUnreadable(error)
    return { ask: [], answer: [] }
  }
}
