import type { Contents, InputKindName, InputSpec, Inputs, Records } from '@consort/protocol'
import type { AnyExamples, Examples } from '@consort/train'
import type { Column } from '../columns/column.ts'

/** What is done with one sort of record in memory. Pure, as the pipeline is: it could run in a browser. */
export interface DataKind<Kind extends InputKindName, Data> {
  /** In refusals: `The recipe takes …, this data set is …`. */
  readonly words: string
  /** How messages call a record; indices are from 0, messages count from 1. */
  readonly recordName: (index: number) => string
  readonly labelAt: (data: Data, index: number) => string
  /** All labels, for whoever looks at every one. */
  readonly labelsOf: (data: Data) => Column
  /**
   * The inputs of the chosen records as a model takes them. Throws `data-mismatch` for another size or other columns
   * than the recipe asks for, `value-invalid` with record and column for what cannot be used. No message repeats what a
   * record holds.
   */
  readonly encode: (data: Data, input: Inputs[Kind], chosen: Chosen) => Examples['inputs']
  /**
   * The same inputs, which may stay where they lie until a batch takes them; all of them are checked here. It yields
   * where others have to be answered meanwhile, and throws as `encode` does.
   */
  readonly stream: (data: Data, input: Inputs[Kind], chosen: Chosen) => Generator<void, AnyExamples['inputs']>
  /** What the data card says: shape and size, never a value. */
  readonly contentsOf: (data: Data) => Contents[Kind]
  /** What the digest of a record is made of, features and label: by it a record is known again. */
  readonly recordContent: (data: Data) => ContentAt
  /** What the digest of a record as a privacy unit is made of; `label` is the name under which the label counts. */
  readonly unitContent: (data: Data, label: string) => ContentAt
  /** What each record holds in the column of a name; undefined where there is no such column. */
  readonly columnNamed: (data: Data, name: string) => ((index: number) => string | null) | undefined
  /** Bytes of memory that one example takes as a model is given it, where it takes more than its columns. */
  readonly bytesOfExample: (data: Data, input: InputSpec) => number
  /** How answered cases join the records; null where they do not. */
  readonly growing: Growing<Kind, Data> | null
}

/** The records to encode. */
export interface Chosen {
  readonly rows: Int32Array
  /** They are all records in their order, so that nothing need be copied. */
  readonly isAll: boolean
}

/** `head` ends with its line, so that it cannot run into `body`. */
export interface Content {
  readonly head: string
  readonly body: Uint8Array | string
}

export type ContentAt = (index: number) => Content

/** A case that people answered. */
export interface LabelledRecord<Kind extends InputKindName = InputKindName> {
  readonly record: Records[Kind]
  readonly label: string
}

/** Answered cases as records of a data set. */
export interface Growing<Kind extends InputKindName, Data> {
  /** The cases alone, with the columns of `data`. */
  readonly alone: (data: Data, cases: readonly LabelledRecord<Kind>[]) => Data
  /** `data` with the cases at its end. */
  readonly joined: (data: Data, cases: readonly LabelledRecord<Kind>[]) => Data
}

/** A kind of data set. */
export function dataKind<Kind extends InputKindName, Data extends { readonly kind: Kind }>(
  made: DataKind<Kind, Data>,
): DataKind<Kind, Data> {
  return made
}
