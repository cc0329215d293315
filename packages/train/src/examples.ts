/** Examples in memory, ready to be cut into batches. */
export interface Examples {
  readonly count: number
  /** Of one example, without the batch: `[channels, height, width]` or `[features]`. */
  readonly inputShape: readonly number[]
  /**
   * `count` × the size of `inputShape`, row after row. Bytes are pixels: the batcher turns them into
   * `(byte / 255 − mean) / deviation` by the recipe; floats are used as they are.
   */
  readonly inputs: Float32Array | Uint8Array
  /** Class indices (Int32Array) or numbers to predict (Float32Array), one for each example. */
  readonly labels: Int32Array | Float32Array
}
