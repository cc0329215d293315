/**
 * Examples of which few numbers are not 0, such as texts by their words: example `i` has `values[k]` at `slots[k]` for
 * `k` from `starts[i]` up to `starts[i + 1]`. A batch writes the rest.
 */
export interface SparseRows {
  readonly starts: Int32Array
  readonly slots: Int32Array
  readonly values: Float32Array
}

/** Writes the examples at `indices` into `into`, one after the other, each of them `width` numbers long. */
export function writeSparseRows(
  { starts, slots, values }: SparseRows,
  { into, width, indices }: { into: Float32Array; width: number; indices: Int32Array },
): void {
  into.fill(0, 0, indices.length * width)
  for (let place = 0; place < indices.length; place++) {
    const example = indices[place]!
    const end = starts[example + 1]!
    for (let at = starts[example]!; at < end; at++) into[place * width + slots[at]!] = values[at]!
  }
}
