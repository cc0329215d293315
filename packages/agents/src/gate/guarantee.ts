import { type WithdrawalReason, withdrawalReasonSchema } from '@consort/protocol'
import { z } from 'zod'
import type { AnswerGate } from './answer-gate.ts'
import {
  type AnytimeGate,
  anytimeGate,
  type GateEvidence,
  gateEvidenceSchema,
  type LabelledCase,
  startEvidence,
  weighLabel,
} from './anytime-gate.ts'
import type { GatePromise } from './gate-promise.ts'

/**
 * The life of one promise: it gathers labels while everything is deferred, holds from the first proven threshold on,
 * and is withdrawn once and for ever. Another one then starts from nothing, with labels of the cases as they are now.
 */
export type Guarantee =
  | { readonly kind: 'gathering'; readonly evidence: GateEvidence; readonly labelsNeeded: number }
  | { readonly kind: 'holding'; readonly evidence: GateEvidence; readonly threshold: number }
  | {
      readonly kind: 'withdrawn'
      readonly reason: WithdrawalReason
      /** What had been shown, for the record only. */
      readonly evidence: GateEvidence
    }

/** How a guarantee is kept as JSON. */
export const guaranteeSchema = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('gathering'), evidence: gateEvidenceSchema, labelsNeeded: z.number() }),
  z.object({ kind: z.literal('holding'), evidence: gateEvidenceSchema, threshold: z.number() }),
  z.object({ kind: z.literal('withdrawn'), reason: withdrawalReasonSchema, evidence: gateEvidenceSchema }),
]) satisfies z.ZodType<Guarantee>

export type GuaranteeEvent =
  | { readonly kind: 'label'; readonly labelled: LabelledCase }
  | { readonly kind: 'withdraw'; readonly reason: WithdrawalReason }

/** A promise without a label yet: everything is deferred. */
export function startGuarantee(options: GatePromise & { readonly thresholds: readonly number[] }): Guarantee {
  return judge(startEvidence(options))
}

/** A withdrawn guarantee stays withdrawn whatever comes. */
export function stepGuarantee(guarantee: Guarantee, event: GuaranteeEvent): Guarantee {
  if (guarantee.kind === 'withdrawn') return guarantee
  if (event.kind === 'withdraw') {
    return { kind: 'withdrawn', reason: event.reason, evidence: guarantee.evidence }
  }
  return judge(weighLabel(guarantee.evidence, event.labelled))
}

/** What `chooseAction` may use: nothing but a holding guarantee lets a case through. */
export function gateOfGuarantee(guarantee: Guarantee): AnswerGate {
  return guarantee.kind === 'holding' ? { kind: 'open', threshold: guarantee.threshold } : { kind: 'closed' }
}

function judge(evidence: GateEvidence): Guarantee {
  const gate: AnytimeGate = anytimeGate(evidence)
  return gate.kind === 'open'
    ? { kind: 'holding', evidence, threshold: gate.threshold }
    : { kind: 'gathering', evidence, labelsNeeded: gate.labelsNeeded }
}
