import type { LossKind } from '../loss.ts'

/** Records with what a model says of them. */
export interface Scored {
  /** [count × outputs], row after row: logits, or predicted numbers. */
  readonly scores: Float32Array
  readonly outputs: number
  /** Class numbers, or the numbers to be predicted: one a record. */
  readonly labels: Int32Array | Float32Array
}

/** Scored records as a metric looks at them. */
export interface JudgedRecords extends Scored {
  readonly loss: LossKind
  /** Null where numbers are predicted. */
  readonly classes: number | null
  /** The predicted class of each record; empty where numbers are predicted. */
  readonly predicted: Int32Array
}

/**
 * A figure of how good a model is, made of sums over records. The sums of several partners may be added before the
 * figure is worked out, also secretly: the figure is then that of all their records together.
 */
export interface Metric {
  /** False where the figure means nothing for the task. */
  appliesTo(records: Pick<JudgedRecords, 'classes'>): boolean
  /** What is summed over the records: as many numbers for all records of one task. */
  sumsOf(records: JudgedRecords): Float64Array
  /** The figure of such sums. A ratio with nothing below the line is 0. */
  valueOf(sums: Float64Array): number
}

/** A ratio that is 0 where there is nothing below the line. */
export function ratio(part: number, whole: number): number {
  return whole === 0 ? 0 : part / whole
}
