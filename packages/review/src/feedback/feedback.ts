import type { Id } from '@consort/protocol'
import type { Holder } from '../case-state.ts'

/** What a caller said of an answer. */
export interface Feedback {
  readonly case: Id<'case'>
  readonly saidBy: Holder
  readonly verdict: 'right' | 'wrong'
  /** What would have been right, as far as the caller says. */
  readonly label: string | null
  readonly at: string
}
