import type { InputKindName, Inputs, Records } from '@consort/protocol'
import type { Examples } from '@consort/train'

/** The record at a place among those that were asked for. */
export type RecordAt<Asked> = (index: number) => Promise<Asked>

/** What is done with one record at a time, as it comes with a question, is shown to people and leaves for a partner. */
export interface CaseKind<Kind extends InputKindName, Data> {
  /** In refusals: `The model is asked about …`. */
  readonly words: string
  /** The numbers that training would make of a record. Throws `value-invalid` with the path; never repeats a value. */
  readonly encode: (record: Records[Kind], input: Inputs[Kind]) => Promise<Float32Array>
  /** The record with no more than the model looks at. */
  readonly read: (record: Records[Kind], input: Inputs[Kind]) => Records[Kind]
  /** The record with all that the model looks at: what was not asked for is not recorded, as in training. */
  readonly full: (record: Records[Kind], input: Inputs[Kind]) => Records[Kind]
  /** How a record may leave for a partner. */
  readonly leaving: (record: Records[Kind]) => LeavingRecord<Records[Kind]>
  /**
   * What of a record can be left out, one thing at a time, to see what it did for an answer; null where nothing can. It
   * asks for the record only where its parts are not the same in every record.
   */
  readonly parts: (input: Inputs[Kind], record: () => Promise<Records[Kind]>) => Promise<RecordParts | null>
  /** The records of `data` at `rows` as people read them. Holds what these need, not the whole data set. */
  readonly recordsOf: (data: Data, chosen: ShownRecords<Kind>) => RecordAt<Records[Kind]>
  /** A record as one text, for protocols that know nothing else. */
  readonly written: {
    readonly hint: string
    /** What may be a record; whether it is one is looked at next. */
    readonly read: (text: string) => unknown
  }
  /** The numbers of a record that somebody typed at the command line, or of the file that was named. */
  readonly encodeTyped: (text: string, input: Inputs[Kind]) => Promise<Float32Array>
}

/** Which records are shown, and what they became as examples. */
export interface ShownRecords<Kind extends InputKindName> {
  readonly rows: Int32Array
  readonly input: Inputs[Kind]
  readonly examples: Examples
}

/** Parts of an encoded record: `width` numbers from `offset` on, which become those of `baseline` without the part. */
export interface RecordParts {
  readonly baseline: Float32Array
  readonly features: readonly { readonly name: string; readonly offset: number; readonly width: number }[]
}

/** How a record may leave: cells de-identified by rules, a picture without its metadata, or not at all. */
export type LeavingRecord<Asked> =
  | {
      readonly as: 'cells'
      readonly cells: Readonly<Record<string, string | number | null>>
      readonly made: (cells: Record<string, string | number | null>) => Asked
    }
  | { readonly as: 'picture'; readonly file: Uint8Array; readonly made: (file: Uint8Array) => Asked }
  | { readonly as: 'nothing' }

/** A kind of cases. */
export function caseKind<Kind extends InputKindName, Data extends { readonly kind: Kind }>(
  made: CaseKind<Kind, Data>,
): CaseKind<Kind, Data> {
  return made
}
