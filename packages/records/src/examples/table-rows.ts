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

/** Where a cell that is not recorded goes: the slot is counted from the example's first number. */
export interface Missing {
  readonly slot: number
  readonly value: number
}

/** A number becomes `(number − center) / scale` at `slot`. */
export interface NumbersColumn {
  readonly kind: 'numbers'
  readonly values: Float64Array
  readonly slot: number
  readonly center: number
  readonly scale: number
  /** Of NaN; absent where every row has a number. */
  readonly missing?: Missing
}

/** Code `i` becomes `values[i]` at `slots[i]`; a code outside of both is not recorded. */
export interface CodesColumn {
  readonly kind: 'codes'
  readonly codes: Int32Array | Uint8Array
  readonly slots: Int32Array
  readonly values: Float32Array
  readonly missing: Missing
}
