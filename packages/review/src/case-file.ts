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
  /** When the temperature and the gate that decided were fitted: which calibration of the version it was. */
  readonly calibrated: string
  /** What the other version says while two of them are compared. */
  readonly rival: RivalSaying | null
  /** With which probability each action was taken. */
  readonly propensities: { readonly answer: number; readonly defer: number }
  /** The fields that mattered most, for the person who will be asked. */
  readonly because: readonly Importance[]
}

/** A version that did not decide, and the class that it finds likeliest. */
export interface RivalSaying {
  readonly version: Id<'version'>
  readonly class: string
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

/** What an agent answered alone: without the record, which nobody needs any more. */
export interface PlainAnswer extends Pick<CaseFile, 'id' | 'agent' | 'version' | 'askedBy' | 'asked'> {
  /** Null where the caller gave no key: it cannot repeat the question then. */
  readonly idempotencyKey: string | null
  readonly requestDigest: Digest | null
  readonly decision: Pick<
    Decision,
    'reason' | 'class' | 'confidence' | 'threshold' | 'calibrated' | 'propensities' | 'rival'
  >
}

/** Whatever became of a question. */
export type AskedCase =
  | { readonly kind: 'answer'; readonly answer: PlainAnswer }
  | { readonly kind: 'case'; readonly file: CaseFile }
