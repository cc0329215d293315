import { type Column, textAt } from './columns/column.ts'

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
  readonly cells: readonly Column[]
  /** Names of classes, or numbers to predict; every record has one. */
  readonly label: Column
}

/** What `table` holds at a row and a column, both from 0; null where nothing is recorded. */
export function cellAt(table: TableDataset, row: number, column: number): string | null {
  return textAt(table.cells[column]!, row)
}

/** The label of a record as it is written. */
export function labelAt(dataset: Dataset, index: number): string {
  return (dataset.kind === 'images' ? dataset.labels[index] : textAt(dataset.label, index))!
}

/** How messages call a record: `Row 1` is the first below the header. */
export function recordName(dataset: Dataset, index: number): string {
  return `${dataset.kind === 'images' ? 'Image' : 'Row'} ${index + 1}`
}
