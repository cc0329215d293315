/**
 * Examples of which few numbers are not 0, such as texts by their words: example `i` has `values[k]` at `slots[k]` for
 * `k` from `starts[i]` up to `starts[i + 1]`. A batch writes the rest.
 */
export interface SparseRows {
  readonly starts: Int32Array
  readonly slots: Int32Array
  readonly values: Float32Array
}
