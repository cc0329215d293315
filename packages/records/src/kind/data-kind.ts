import type { Column } from '../columns/column.ts'
import type { AnyExamples, Examples } from '../examples/examples.ts'
import type { KindTypes } from './input-kind.ts'

/** What is done with one sort of record in memory. Pure, as the pipeline is: it could run in a browser. */
export interface DataKind<Types extends KindTypes> {
  /** In refusals: `The recipe takes …, this data set is …`. */
  readonly words: string
  /** How messages call a record; indices are from 0, messages count from 1. */
  readonly recordName: (index: number) => string
  readonly labelAt: (data: Types['data'], index: number) => string
  /** All labels, for whoever looks at every one. */
  readonly labelsOf: (data: Types['data']) => Column
  /**
   * The inputs of the chosen records as a model takes them. Throws `data-mismatch` for another size or other columns
   * than the recipe asks for, `value-invalid` with record and column for what cannot be used. No message repeats what a
   * record holds.
   */
  readonly encode: (data: Types['data'], input: Types['input'], chosen: Chosen) => Examples['inputs']
  /**
   * The same inputs, which may stay where they lie until a batch takes them; all of them are checked here. It yields
   * where others have to be answered meanwhile, and throws as `encode` does.
   */
  readonly stream: (
    data: Types['data'],
    input: Types['input'],
    chosen: Chosen,
  ) => Generator<void, AnyExamples['inputs']>
  /** What the data card says: shape and size, never a value. */
  readonly contentsOf: (data: Types['data']) => Types['contents']
  /** What the digest of a record is made of, features and label: by it a record is known again. */
  readonly recordContent: (data: Types['data']) => ContentAt
  /** What the digest of a record as a privacy unit is made of; `label` is the name under which the label counts. */
  readonly unitContent: (data: Types['data'], label: string) => ContentAt
  /** What each record holds in the column of a name; undefined where there is no such column. */
  readonly columnNamed: (data: Types['data'], name: string) => ((index: number) => string | null) | undefined
  /** Bytes of memory that one example takes as a model is given it, where it takes more than its columns. */
  readonly bytesOfExample: (data: Types['data'], input: Types['input']) => number
  /** How answered cases join the records; null where they do not. */
  readonly growing: Growing<Types['record'], Types['data']> | null
}

/** The records to encode. */
export interface Chosen {
  readonly rows: Int32Array
  /** They are all records in their order, so that nothing need be copied. */
  readonly isAll: boolean
  /** Where the recipe takes the tokens of a base model. */
  readonly tokenize?: Tokenize | undefined
}

/** The tokens of one text, by a base model's own tokenizer. Throws `value-invalid` for a text that has none. */
export type Tokenize = (text: string) => Int32Array

/** `head` ends with its line, so that it cannot run into `body`. */
export interface Content {
  readonly head: string
  readonly body: Uint8Array | string
}

export type ContentAt = (index: number) => Content

/** A case that people answered. */
export interface LabelledRecord<Asked> {
  readonly record: Asked
  readonly label: string
}

/** Answered cases as records of a data set. */
export interface Growing<Asked, Data> {
  /** The cases alone, with the columns of `data`. */
  readonly alone: (data: Data, cases: readonly LabelledRecord<Asked>[]) => Data
  /** `data` with the cases at its end. */
  readonly joined: (data: Data, cases: readonly LabelledRecord<Asked>[]) => Data
}
