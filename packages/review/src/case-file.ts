import type { CaseRole } from '@consort/agents'
import type { CaseRecord, CaseView, Digest, Id, Importance } from '@consort/protocol'
import type { CaseState } from './case-state.ts'

/** Why a case was answered or deferred at its birth. */
export type DecisionReason = Exclude<CaseView['reason'], 'expert-answered'>

/** What the agent thought and did. */
export interface Decision {
  readonly action: 'answer' | 'defer'
  readonly reason: DecisionReason
  /** The likeliest class, by name, and its calibrated probability. */
  readonly class: string
  readonly confidence: number
  /** Calibrated, in the order of the recipe's classes. */
  readonly probabilities: readonly number[]
  /** Null while the gate was closed. */
  readonly threshold: number | null
  /** With which probability each action was taken. */
  readonly propensities: { readonly answer: number; readonly defer: number }
  /** The fields that mattered most, for the person who will be asked. */
  readonly because: readonly Importance[]
}

/** All that is known of one case. */
export interface CaseFile {
  readonly id: Id<'case'>
  readonly agent: string
  readonly dataset: string
  readonly version: Id<'version'>
  /** The key that asked, or `operator`. */
  readonly askedBy: string
  readonly idempotencyKey: string
  /** Of what was asked: tells a repetition from another question under the same key. */
  readonly requestDigest: Digest
  readonly record: CaseRecord
  readonly webhook: string | null
  /** What its label may be used for, fixed before anyone knows the label. */
  readonly role: CaseRole
  readonly decision: Decision
  readonly asked: string
  readonly revision: number
  readonly state: CaseState
}
