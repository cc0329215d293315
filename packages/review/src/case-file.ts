import type { CaseRole, SpotCheck } from '@consort/agents'
import type { CaseRecord, DecisionReason, Digest, Id, Importance } from '@consort/protocol'
import type { CaseState, Holder } from './case-state.ts'

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
  /** Which of the agent's guarantees it was decided under. */
  readonly guarantee: number
  /** With which probability each action was taken. */
  readonly propensities: { readonly answer: number; readonly defer: number }
  /** Whether a person looks at it, and with which probability, drawn before the answer was given. */
  readonly audit: SpotCheck
  /** Classes that cannot be left out, the likeliest first: a conformal set. */
  readonly among: readonly string[]
  /** The fields that mattered most, for the person who will be asked. */
  readonly because: readonly Importance[]
}

/** A version that did not decide, and the class that it finds likeliest. */
export interface RivalSaying {
  readonly version: Id<'version'>
  readonly class: string
}

/** What a partner's agent said of a case that was deferred. */
export interface Advice {
  readonly consultation: Id<'consultation'>
  readonly partner: string
  readonly class: string
  /** Calibrated by the partner, on the partner's records. */
  readonly confidence: number
  readonly version: Id<'version'>
  /** With which probability a partner was asked, and this one of them. */
  readonly propensity: number
  readonly at: string
  /** Nobody had begun with the case when the answer came. */
  readonly wasWaiting: boolean
  /** The gate for this partner's answers let it through: its caller was told. */
  readonly isTold: boolean
  /** Of that gate; null while it was closed. */
  readonly threshold: number | null
}

/** All that is known of a case that a person is asked about: one that was deferred, or a spot-checked answer. */
export interface CaseFile {
  readonly id: Id<'case'>
  readonly agent: string
  readonly dataset: string
  readonly version: Id<'version'>
  readonly askedBy: Holder
  readonly idempotencyKey: string
  /** Of what was asked: tells a repetition from another question under the same key. */
  readonly requestDigest: Digest
  readonly record: CaseRecord
  readonly webhook: string | null
  /** What its label may be used for, fixed before anyone knows the label. */
  readonly role: CaseRole
  readonly decision: Decision
  readonly advice: Advice | null
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
    | 'reason'
    | 'class'
    | 'confidence'
    | 'threshold'
    | 'calibrated'
    | 'guarantee'
    | 'propensities'
    | 'audit'
    | 'rival'
  >
}

/** Whatever became of a question. */
export type AskedCase =
  | { readonly kind: 'answer'; readonly answer: PlainAnswer }
  | { readonly kind: 'case'; readonly file: CaseFile }

/** What a caller said of an answer. */
export interface Feedback {
  readonly case: Id<'case'>
  readonly saidBy: Holder
  readonly verdict: 'right' | 'wrong'
  /** What would have been right, as far as the caller says. */
  readonly label: string | null
  readonly at: string
}
