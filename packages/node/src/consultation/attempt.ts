import type { AskRule } from '../policy/consult-policy.ts'
import type { AskedConsultation } from './consulted.ts'
import type { Question } from './question-store.ts'
import type { ConsultationTerms } from './terms.ts'
import type { TryOutcome } from './try-outcome.ts'

/** One case that partners are asked about. */
export interface Attempt {
  readonly asked: AskedConsultation
  readonly rule: AskRule
  readonly terms: ConsultationTerms
  readonly began: number
  readonly signal: AbortSignal
}

export interface Tried {
  readonly result: TryOutcome
  readonly question: Question | undefined
}
