import type { Column } from '@consort/records'

/** What was seen while a column was translated. Holds cells: stays inside this package. */
export interface Tally {
  readonly records: number
  /** Cells that are empty or listed as missing. */
  readonly missing: number
  readonly notNumbers: number
  /** Numbers outside the range of the schema. */
  readonly outside: number
  /** Cells that the mapping has no code for, with how often they come. */
  readonly unknownCodes: ReadonlyMap<string, number>
  /** Every number in the unit of the file, inside the range or not, with how often it comes. */
  readonly numbers: ReadonlyMap<number, number>
}

export interface TranslatedColumn {
  /** In the unit and codes of the schema; nothing where the cell is missing or cannot be used. */
  readonly cells: Column
  readonly tally: Tally
}
