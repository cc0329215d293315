import type { CodesColumn, Missing, NumbersColumn, TableRows } from '@consort/records'

/** Writes the examples at `indices` into `into`, one after the other. */
export type RowsWriter = (into: Float32Array, indices: Int32Array) => void

/** `width` is how many numbers an example has. A writer keeps memory for the indices of the largest batch so far. */
export function createRowsWriter({ rows, columns }: TableRows, width: number): RowsWriter {
  let chosen = new Int32Array(0)
  return (into, indices) => {
    const count = indices.length
    if (chosen.length < count) chosen = new Int32Array(count)
    for (let place = 0; place < count; place++) chosen[place] = rows[indices[place]!]!
    into.fill(0, 0, count * width)
    for (let index = 0; index < columns.length; index++) {
      const column = columns[index]!
      if (column.kind === 'codes') writeCodes(into, width, column, chosen, count)
      else {
        writeNumbers(into, width, column, chosen, count)
        if (column.missing) moveMissing(into, width, column.slot, column.missing, count)
      }
    }
  }
}

/**
 * Four at a time, and nothing else in the loop: rows lie far apart in a large table, and so the processor waits for
 * several at once. Measured at 256 rows of 50 columns of a million: 0.2 ms, and 0.4 ms with a branch for NaN.
 */
function writeNumbers(
  into: Float32Array,
  width: number,
  { values, slot, center, scale }: NumbersColumn,
  rows: Int32Array,
  count: number,
): void {
  let place = 0
  for (; place + 4 <= count; place += 4) {
    const first = values[rows[place]!]!
    const second = values[rows[place + 1]!]!
    const third = values[rows[place + 2]!]!
    const fourth = values[rows[place + 3]!]!
    const at = place * width + slot
    into[at] = (first - center) / scale
    into[at + width] = (second - center) / scale
    into[at + 2 * width] = (third - center) / scale
    into[at + 3 * width] = (fourth - center) / scale
  }
  for (; place < count; place++) into[place * width + slot] = (values[rows[place]!]! - center) / scale
}

function moveMissing(into: Float32Array, width: number, slot: number, missing: Missing, count: number): void {
  for (let place = 0; place < count; place++) {
    if (!Number.isNaN(into[place * width + slot]!)) continue
    into[place * width + slot] = 0
    into[place * width + missing.slot] = missing.value
  }
}

function writeCodes(
  into: Float32Array,
  width: number,
  { codes, slots, values, missing }: CodesColumn,
  rows: Int32Array,
  count: number,
): void {
  for (let place = 0; place < count; place++) {
    const code = codes[rows[place]!]!
    const isRecorded = code >= 0 && code < slots.length
    const slot = isRecorded ? slots[code]! : missing.slot
    into[place * width + slot] = isRecorded ? values[code]! : missing.value
  }
}
