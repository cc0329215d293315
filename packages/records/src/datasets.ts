import { Refusal } from '@consort/basics'
import type { Column } from './columns/column.ts'
import type { AnyExamples, Examples } from './examples/examples.ts'
import { type CaseRecord, type InputSpec, recordKindOf } from './inputs.ts'
import type { Chosen, ContentAt, LabelledRecord } from './kind/data-kind.ts'
import {
  type Contents,
  type Datasets,
  type InputKindName,
  type Inputs,
  kindsByName,
  type Records,
} from './kinds/kinds.ts'

/** A data set in memory, read through once. Records are counted from 1 in messages, from 0 in code. */
export type Dataset = Datasets[InputKindName]

/** The label of a record as it is written. */
export function labelAt(dataset: Dataset, index: number): string {
  return about(dataset.kind, dataset).labelAt(index)
}

/** All labels of a data set. */
export function labelsOf(dataset: Dataset): Column {
  return about(dataset.kind, dataset).labels()
}

/** How messages call a record: `Row 1` is the first below the header. */
export function recordName(dataset: Dataset, index: number): string {
  return kindsByName[dataset.kind].data.recordName(index)
}

/** What the data card says of a data set. */
export function contentsOf(dataset: Dataset): Contents[InputKindName] {
  return about(dataset.kind, dataset).contents()
}

/** What the digest of a record is made of. */
export function recordContentOf(dataset: Dataset): ContentAt {
  return about(dataset.kind, dataset).recordContent()
}

/** What the digest of a record as a privacy unit is made of; `label` is the name under which the label counts. */
export function unitContentOf(dataset: Dataset, label: string): ContentAt {
  return about(dataset.kind, dataset).unitContent(label)
}

/** What each record holds in the column of a name; undefined where there is no such column. */
export function columnNamed(dataset: Dataset, name: string): ((index: number) => string | null) | undefined {
  return about(dataset.kind, dataset).columnNamed(name)
}

/** Bytes of memory that one example takes as a model is given it, where it takes more than its columns; else 0. */
export function bytesOfExample(dataset: Dataset, input: InputSpec): number {
  return about(dataset.kind, dataset).bytesOfExample(input)
}

/** Tells whether answered cases join the records of such a data set. */
export function takesCases(kind: InputKindName): boolean {
  return kindsByName[kind].data.growing !== null
}

/** The answered cases alone, as records like those of `dataset`; undefined where cases do not join its records. */
export function casesAlone(
  dataset: Dataset,
  cases: readonly LabelledRecord<CaseRecord>[],
): Dataset | undefined {
  return about(dataset.kind, dataset).alone(cases)
}

/** The data set with the answered cases at its end; undefined where cases do not join its records. */
export function withCases(
  dataset: Dataset,
  cases: readonly LabelledRecord<CaseRecord>[],
): Dataset | undefined {
  return about(dataset.kind, dataset).joined(cases)
}

/** The data set as a table, for what is done with columns; undefined where it has none. */
export function asTable(dataset: Dataset): Datasets['table'] | undefined {
  return isOf('table', dataset) ? dataset : undefined
}

/** Encodes as `DataKind.encode` says. Throws `data-mismatch` where the recipe takes another kind. */
export function encodeInputs(dataset: Dataset, input: InputSpec, chosen: Chosen): Examples['inputs'] {
  return encoderOf(input.kind, dataset, input).encode(chosen)
}

/** Streams as `DataKind.stream` says. Throws as `encodeInputs` does. */
export function streamInputs(
  dataset: Dataset,
  input: InputSpec,
  chosen: Chosen,
): Generator<void, AnyExamples['inputs']> {
  return encoderOf(input.kind, dataset, input).stream(chosen)
}

function encoderOf<Kind extends InputKindName>(kind: Kind, dataset: Dataset, input: Inputs[Kind]) {
  if (isOf(kind, dataset)) {
    const of = kindsByName[kind].data
    return {
      encode: (chosen: Chosen) => of.encode(dataset, input, chosen),
      stream: (chosen: Chosen) => of.stream(dataset, input, chosen),
    }
  }
  const [wanted, held] = [kindsByName[kind].data.words, kindsByName[dataset.kind].data.words]
  throw new Refusal('data-mismatch', `The recipe takes ${wanted}, this data set is ${held}`, {
    hint: 'Is the right data set registered under the name that the recipe asks for?',
  })
}

/** Tells whether a data set is one of this kind. */
export function isOf<Kind extends InputKindName>(kind: Kind, dataset: Dataset): dataset is Datasets[Kind] {
  return dataset.kind === kind
}

function isInputOf<Kind extends InputKindName>(kind: Kind, input: InputSpec): input is Inputs[Kind] {
  return input.kind === kind
}

/** Tells whether a record is one of this kind. */
export function isRecordOf<Kind extends InputKindName>(
  kind: Kind,
  record: CaseRecord,
): record is Records[Kind] {
  return record.kind === recordKindOf(kind)
}

function about<Kind extends InputKindName>(kind: Kind, dataset: Datasets[Kind]) {
  const of = kindsByName[kind].data
  const own = (cases: readonly LabelledRecord<CaseRecord>[]): LabelledRecord<Records[Kind]>[] =>
    cases.flatMap(({ record, label }) => (isRecordOf(kind, record) ? [{ record, label }] : []))
  return {
    labelAt: (index: number) => of.labelAt(dataset, index),
    labels: () => of.labelsOf(dataset),
    contents: () => of.contentsOf(dataset),
    recordContent: () => of.recordContent(dataset),
    unitContent: (label: string) => of.unitContent(dataset, label),
    columnNamed: (name: string) => of.columnNamed(dataset, name),
    bytesOfExample: (input: InputSpec) => (isInputOf(kind, input) ? of.bytesOfExample(dataset, input) : 0),
    alone: (cases: readonly LabelledRecord<CaseRecord>[]) => of.growing?.alone(dataset, own(cases)),
    joined: (cases: readonly LabelledRecord<CaseRecord>[]) => of.growing?.joined(dataset, own(cases)),
  }
}
