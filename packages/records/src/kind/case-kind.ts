import type { Examples } from '../examples/examples.ts'
import type { KindTypes } from './input-kind.ts'
import type { LeavingRecord } from './leaving-record.ts'
import type { ShownRecord } from './shown-record.ts'

/** The record at a place among those that were asked for. */
export type RecordAt<Asked> = (index: number) => Promise<Asked>

/** What is done with one record as it comes with a question and leaves for a partner. Pure, as `DataKind` is. */
export interface AskedKind<Types extends KindTypes> {
  /** In refusals: `The model is asked about …`. */
  readonly words: string
  /** The record with no more than the model looks at. */
  readonly read: (record: Types['record'], input: Types['input']) => Types['record']
  /** The record with all that the model looks at: what was not asked for is not recorded, as in training. */
  readonly full: (record: Types['record'], input: Types['input']) => Types['record']
  /** How a record may leave for a partner. */
  readonly leaving: (record: Types['record']) => LeavingRecord<Types['record']>
  /** In which of the few forms people see a record. */
  readonly shown: (record: Types['record']) => ShownRecord
  /** A record as one text, for protocols that know nothing else. */
  readonly written: WrittenKind
}

/** How a record is written as one text. */
export interface WrittenKind {
  readonly hint: string
  /** What may be a record; whether it is one is looked at next. */
  readonly read: (text: string) => unknown
}

/** What is done with one record and may need Node or a library. */
export interface CaseKind<Types extends KindTypes> {
  /** The numbers that training would make of a record. Throws `value-invalid` with the path; never repeats a value. */
  readonly encode: (record: Types['record'], input: Types['input']) => Promise<Float32Array>
  /**
   * What of a record can be left out, one thing at a time, to see what it did for an answer; null where nothing can. It
   * asks for the record only where its parts are not the same in every record.
   */
  readonly parts: (
    input: Types['input'],
    record: () => Promise<Types['record']>,
  ) => Promise<RecordParts | null>
  /** The records of `data` at `rows` as people read them. Holds what these need, not the whole data set. */
  readonly recordsOf: (data: Types['data'], chosen: ShownRecords<Types['input']>) => RecordAt<Types['record']>
  /** The numbers of a record that somebody typed at the command line, or of the file that was named. */
  readonly encodeTyped: (text: string, input: Types['input']) => Promise<Float32Array>
}

/** Which records are shown, and what they became as examples. */
export interface ShownRecords<Input> {
  readonly rows: Int32Array
  readonly input: Input
  readonly examples: Examples
}

/** Parts of an encoded record: `width` numbers from `offset` on, which become those of `baseline` without the part. */
export interface RecordParts {
  readonly baseline: Float32Array
  readonly features: readonly { readonly name: string; readonly offset: number; readonly width: number }[]
}
