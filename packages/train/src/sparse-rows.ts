import type { SparseRows } from '@consort/records'

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
