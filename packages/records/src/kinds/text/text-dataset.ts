import type { Column } from '../../columns/column.ts'

/** Texts in memory, one a record, with all columns of the file that they came from. */
export interface TextDataset {
  readonly kind: 'text'
  readonly count: number
  /** Empty where nothing is recorded: such a text has no words. */
  readonly texts: readonly string[]
  /** Names of classes, or numbers to predict; every record has one. */
  readonly label: Column
  /** As written, in the order of the file: they tell whose a record is, and which privacy unit. No model sees them. */
  readonly columns: readonly { readonly name: string; readonly cells: Column }[]
  /** Where the label stands among them, and where an answered case has its text. */
  readonly labelName: string
  readonly textName: string
}

/** How messages call a text. */
export function textName(index: number): string {
  return `Text ${index + 1}`
}
