/** A data set in memory, read through once. Records are counted from 1 in messages, from 0 in code. */
export type Dataset = ImageDataset | TableDataset

export interface ImageDataset {
  readonly kind: 'images'
  readonly count: number
  readonly height: number
  readonly width: number
  /** 1 (grey) or 3 (red, green, blue). */
  readonly channels: number
  /** `count` × `channels` × `height` × `width`, one plane after the other; 0 is black. */
  readonly pixels: Uint8Array
  /** The class of each image, by name. */
  readonly labels: readonly string[]
}

export interface TableDataset {
  readonly kind: 'table'
  readonly count: number
  /** The names of the features, in the order of the source; the label is not among them. */
  readonly columns: readonly string[]
  /** One entry a column. */
  readonly cells: readonly Cells[]
  /** The label cells as they are written: names of classes, or numbers to predict. */
  readonly labels: readonly string[]
}

/** A column by its distinct values: row `i` holds `values[codes[i]]`, and nothing where the code is −1. */
export interface Cells {
  readonly codes: Int32Array
  readonly values: readonly string[]
}

/** What `table` holds at a row and a column, both from 0; null where nothing is recorded. */
export function cellAt(table: TableDataset, row: number, column: number): string | null {
  const { codes, values } = table.cells[column]!
  return values[codes[row]!] ?? null
}

/** How messages call a record: `Row 1` is the first below the header. */
export function recordName(dataset: Dataset, index: number): string {
  return `${dataset.kind === 'images' ? 'Image' : 'Row'} ${index + 1}`
}
