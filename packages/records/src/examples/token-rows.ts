/**
 * Examples that are sequences of tokens: example `i` has the `ids` from `starts[i]` up to `starts[i + 1]`. The arrays
 * may lie in memory that threads share.
 */
export interface TokenRows {
  readonly starts: Int32Array
  readonly ids: Int32Array
  /** Where the next token is learnt: 1 for each of `ids` that is part of an answer, 0 for the rest. */
  readonly learnt?: Uint8Array
}
