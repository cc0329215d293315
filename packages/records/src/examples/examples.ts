import type { SparseRows } from './sparse-rows.ts'
import type { TableRows } from './table-rows.ts'
import type { TokenRows } from './token-rows.ts'

/** Examples that a model can be trained on or scored: what they are made of may still lie in another form. */
export interface AnyExamples {
  readonly count: number
  /** Of one example, without the batch: `[channels, height, width]` or `[features]`. */
  readonly inputShape: readonly number[]
  /**
   * `count` × the size of `inputShape`, row after row. Bytes are pixels: the batcher turns them into
   * `(byte / 255 − mean) / deviation` by the recipe; floats are used as they are; rows of a table, and rows that are
   * mostly 0, become floats when a batch takes them. Sequences of tokens have lengths of their own.
   */
  readonly inputs: Float32Array | Uint8Array | TableRows | SparseRows | TokenRows
  /**
   * Class indices (Int32Array) or numbers to predict (Float32Array), one for each example; none where tokens are
   * learnt.
   */
  readonly labels: Int32Array | Float32Array
}

/** Examples in memory, ready to be cut into batches. */
export interface Examples extends AnyExamples {
  readonly inputs: Float32Array | Uint8Array
}
