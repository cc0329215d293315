import type { CaseRecord, Id } from '@consort/protocol'

/** A case that partners are to be asked about. */
export interface AskedConsultation {
  /** Of this node. */
  readonly agent: string
  readonly record: CaseRecord
  /** What may be answered. */
  readonly classes: readonly string[]
  /** Draws numbers in [0, 1). */
  readonly uniform: () => number
  /** Aborted when nobody waits for the answer any more. */
  readonly signal?: AbortSignal | undefined
}

/** What a partner's agent said of a case. */
export interface Consulted {
  readonly id: Id<'consultation'>
  readonly partner: string
  readonly class: string
  /** Calibrated by the partner, on the partner's records; with two decimals. */
  readonly confidence: number
  readonly version: Id<'version'>
  readonly priceCents: number
  readonly seconds: number
  /** With which probability this partner was drawn, among those that could still be asked when it was. */
  readonly propensity: number
}
