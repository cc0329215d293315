/**
 * Rows of a table that stay in its columns: a batch works out the numbers of its own rows. The arrays may lie in memory
 * that threads share; then the engine's thread reads them without a copy.
 */
export interface TableRows {
  /** Which row of the columns each example is. */
  readonly rows: Int32Array
  /** Their cells at these rows were all found to be usable. */
  readonly columns: readonly PlacedColumn[]
}

/** A column, and which of an example's numbers its cells raise. */
export type PlacedColumn = NumbersColumn | CodesColumn

interface Placed {
  /** Where a cell that is not recorded goes, counted from the example's first number. */
  readonly missing: { readonly slot: number; readonly value: number }
}

/** A number becomes `(number − center) / scale` at `slot`; NaN is not recorded. */
export interface NumbersColumn extends Placed {
  readonly kind: 'numbers'
  readonly values: Float64Array
  readonly slot: number
  readonly center: number
  readonly scale: number
}

/** Code `i` becomes `values[i]` at `slots[i]`; a code outside of both is not recorded. */
export interface CodesColumn extends Placed {
  readonly kind: 'codes'
  readonly codes: Int32Array | Uint8Array
  readonly slots: Int32Array
  readonly values: Float32Array
}

/** Writes the examples at `indices` into `into`, one after the other. */
export type RowsWriter = (into: Float32Array, indices: Int32Array) => void

/** `width` is how many numbers an example has. A writer keeps memory for the indices of the largest batch so far. */
export function createRowsWriter({ rows, columns }: TableRows, width: number): RowsWriter {
  let memory = new Int32Array(0)
  return (into, indices) => {
    const count = indices.length
    if (memory.length < count) memory = new Int32Array(count)
    const chosen = memory.subarray(0, count)
    for (let place = 0; place < count; place++) chosen[place] = rows[indices[place]!]!
    into.fill(0, 0, count * width)
    for (const column of columns) {
      if (column.kind === 'numbers') writeNumbers(column, chosen, into, width)
      else writeCodes(column, chosen, into, width)
    }
  }
}

function writeNumbers(column: NumbersColumn, rows: Int32Array, into: Float32Array, width: number): void {
  const { values, slot, center, scale, missing } = column
  for (let place = 0; place < rows.length; place++) {
    const number = values[rows[place]!]!
    if (Number.isNaN(number)) into[place * width + missing.slot] = missing.value
    else into[place * width + slot] = (number - center) / scale
  }
}

function writeCodes(column: CodesColumn, rows: Int32Array, into: Float32Array, width: number): void {
  const { codes, slots, values, missing } = column
  for (let place = 0; place < rows.length; place++) {
    const code = codes[rows[place]!]!
    const isRecorded = code >= 0 && code < slots.length
    const slot = isRecorded ? slots[code]! : missing.slot
    into[place * width + slot] = isRecorded ? values[code]! : missing.value
  }
}
