import {
  type CaseRecord,
  type InputKindName,
  type InputSpec,
  type Inputs,
  inputKindNames,
  type Recipe,
  type Records,
  Refusal,
  recordKindOf,
} from '@consort/protocol'
import type { Examples } from '@consort/train'
import type { CaseKind, LeavingRecord, RecordAt, RecordParts } from './case-kind.ts'
import { imageCases } from './images/image-cases.ts'
import { type Dataset, type Datasets, isOf, isRecordOf } from './inputs.ts'
import { tableCases } from './table/table-cases.ts'
import { textCases } from './text/text-cases.ts'

/** What is done with single records of each kind. One that is forgotten here does not compile. */
const kinds: { readonly [Kind in InputKindName]: CaseKind<Kind, Datasets[Kind]> } = {
  images: imageCases,
  table: tableCases,
  text: textCases,
}

/**
 * The numbers that training would make of this record: the features of a row, or pixels from 0 to 255, plane after
 * plane. Throws `value-invalid` with the field's name, `record.kind` or `record.file` as path; never repeats a value.
 */
export async function encodeCase(
  record: CaseRecord,
  { input }: Pick<Recipe, 'input'>,
): Promise<Float32Array> {
  return await encodeOf(input.kind, record, input)
}

async function encodeOf<Kind extends InputKindName>(
  kind: Kind,
  record: CaseRecord,
  input: Inputs[Kind],
): Promise<Float32Array> {
  if (isRecordOf(kind, record)) return await kinds[kind].encode(record, input)
  throw new Refusal('value-invalid', `The model is asked about ${kinds[kind].words}`, {
    hint: `Send \`record.kind: ${recordKindOf(kind)}\`.`,
    path: 'record.kind',
  })
}

/** The record with no more than the model looks at; one of another kind as it is. */
export function readRecord(record: CaseRecord, input: InputSpec): CaseRecord {
  return asRead(input.kind, record, input)
}

function asRead<Kind extends InputKindName>(kind: Kind, record: CaseRecord, input: Inputs[Kind]): CaseRecord {
  return isRecordOf(kind, record) ? kinds[kind].read(record, input) : record
}

/** The record with all that the model looks at, as not recorded where it was not asked for. */
export function fullRecord(record: CaseRecord, input: InputSpec): CaseRecord {
  return asFull(input.kind, record, input)
}

function asFull<Kind extends InputKindName>(kind: Kind, record: CaseRecord, input: Inputs[Kind]): CaseRecord {
  return isRecordOf(kind, record) ? kinds[kind].full(record, input) : record
}

/** How a record may leave for a partner. */
export function leavingRecord(record: CaseRecord): LeavingRecord<CaseRecord> {
  for (const kind of inputKindNames) {
    const leaving = leavingOf(kind, record)
    if (leaving) return leaving
  }
  throw new TypeError(`no kind of input has records that are called ${record.kind}`)
}

function leavingOf<Kind extends InputKindName>(
  kind: Kind,
  record: CaseRecord,
): LeavingRecord<Records[Kind]> | undefined {
  return isRecordOf(kind, record) ? kinds[kind].leaving(record) : undefined
}

/** Records of a data set as people read them, after encoding has found that recipe and data are of one kind. */
export function recordsOf(
  data: Dataset,
  chosen: { readonly rows: Int32Array; readonly input: InputSpec; readonly examples: Examples },
): RecordAt<CaseRecord> {
  return shownOf(chosen.input.kind, data, chosen)
}

function shownOf<Kind extends InputKindName>(
  kind: Kind,
  data: Dataset,
  chosen: { readonly rows: Int32Array; readonly input: Inputs[Kind]; readonly examples: Examples },
): RecordAt<CaseRecord> {
  if (isOf(kind, data)) return kinds[kind].recordsOf(data, chosen)
  throw new TypeError('encoding has found that recipe and data are of one kind')
}

/** What of a record can be left out: see `CaseKind.parts`. */
export async function partsOf(
  input: InputSpec,
  record: () => CaseRecord | Promise<CaseRecord>,
): Promise<RecordParts | null> {
  return await partsIn(input.kind, input, record)
}

async function partsIn<Kind extends InputKindName>(
  kind: Kind,
  input: Inputs[Kind],
  record: () => CaseRecord | Promise<CaseRecord>,
): Promise<RecordParts | null> {
  return await kinds[kind].parts(input, async () => {
    const asked = await record()
    if (isRecordOf(kind, asked)) return asked
    throw new TypeError('encoding has found that recipe and record are of one kind')
  })
}

/** How a record is written as one text, and how such a text is read. */
export function writtenAs(kind: InputKindName): CaseKind<InputKindName, never>['written'] {
  return kinds[kind].written
}

/** The numbers of a record that somebody typed, or of the file that was named. */
export async function encodeTyped(text: string, { input }: Pick<Recipe, 'input'>): Promise<Float32Array> {
  return await typedOf(input.kind, text, input)
}

async function typedOf<Kind extends InputKindName>(
  kind: Kind,
  text: string,
  input: Inputs[Kind],
): Promise<Float32Array> {
  return await kinds[kind].encodeTyped(text, input)
}
