import { Refusal } from '@consort/basics'
import { type Dataset, isOf, isRecordOf } from './datasets.ts'
import type { Examples } from './examples/examples.ts'
import { type CaseRecord, type InputSpec, inputKindNames, recordKindOf } from './inputs.ts'
import type { RecordAt, RecordParts, WrittenKind } from './kind/case-kind.ts'
import type { LeavingRecord } from './kind/leaving-record.ts'
import type { ShownRecord } from './kind/shown-record.ts'
import { type InputKindName, type Inputs, kindsByName, type Records } from './kinds/kinds.ts'

/**
 * The numbers that training would make of this record: the features of a row, or pixels from 0 to 255, plane after
 * plane. Throws `value-invalid` with the field's name, `record.kind` or `record.file` as path; never repeats a value.
 */
export async function encodeCase(
  record: CaseRecord,
  { input }: { readonly input: InputSpec },
): Promise<Float32Array> {
  return await encodeOf(input.kind, record, input)
}

async function encodeOf<Kind extends InputKindName>(
  kind: Kind,
  record: CaseRecord,
  input: Inputs[Kind],
): Promise<Float32Array> {
  if (isRecordOf(kind, record)) return await (await casesOf(kind)).encode(record, input)
  throw new Refusal('value-invalid', `The model is asked about ${kindsByName[kind].asked.words}`, {
    hint: `Send \`record.kind: ${recordKindOf(kind)}\`.`,
    path: 'record.kind',
  })
}

/** The record with no more than the model looks at; one of another kind as it is. */
export function readRecord(record: CaseRecord, input: InputSpec): CaseRecord {
  return asRead(input.kind, record, input)
}

function asRead<Kind extends InputKindName>(kind: Kind, record: CaseRecord, input: Inputs[Kind]): CaseRecord {
  return isRecordOf(kind, record) ? kindsByName[kind].asked.read(record, input) : record
}

/** The record with all that the model looks at, as not recorded where it was not asked for. */
export function fullRecord(record: CaseRecord, input: InputSpec): CaseRecord {
  return asFull(input.kind, record, input)
}

function asFull<Kind extends InputKindName>(kind: Kind, record: CaseRecord, input: Inputs[Kind]): CaseRecord {
  return isRecordOf(kind, record) ? kindsByName[kind].asked.full(record, input) : record
}

/** How a record may leave for a partner. */
export function leavingRecord(record: CaseRecord): LeavingRecord<CaseRecord> {
  return firstOf(record, kind => leavingOf(kind, record))
}

function leavingOf<Kind extends InputKindName>(
  kind: Kind,
  record: CaseRecord,
): LeavingRecord<Records[Kind]> | undefined {
  return isRecordOf(kind, record) ? kindsByName[kind].asked.leaving(record) : undefined
}

/** In which form people see a record. */
export function shownRecord(record: CaseRecord): ShownRecord {
  return firstOf(record, kind => shownOf(kind, record))
}

function shownOf<Kind extends InputKindName>(kind: Kind, record: CaseRecord): ShownRecord | undefined {
  return isRecordOf(kind, record) ? kindsByName[kind].asked.shown(record) : undefined
}

/** What the kind of a record says of it; every other kind says nothing. */
function firstOf<Said>({ kind }: CaseRecord, of: (kind: InputKindName) => Said | undefined): Said {
  for (const name of inputKindNames) {
    const said = of(name)
    if (said !== undefined) return said
  }
  throw new TypeError(`no kind of input has records that are called ${kind}`)
}

/** Records of a data set as people read them, after encoding has found that recipe and data are of one kind. */
export async function recordsOf(
  data: Dataset,
  chosen: { readonly rows: Int32Array; readonly input: InputSpec; readonly examples: Examples },
): Promise<RecordAt<CaseRecord>> {
  return await recordsIn(chosen.input.kind, data, chosen)
}

async function recordsIn<Kind extends InputKindName>(
  kind: Kind,
  data: Dataset,
  chosen: { readonly rows: Int32Array; readonly input: Inputs[Kind]; readonly examples: Examples },
): Promise<RecordAt<CaseRecord>> {
  if (isOf(kind, data)) return (await casesOf(kind)).recordsOf(data, chosen)
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
  return await (await casesOf(kind)).parts(input, async () => {
    const asked = await record()
    if (isRecordOf(kind, asked)) return asked
    throw new TypeError('encoding has found that recipe and record are of one kind')
  })
}

/** How a record is written as one text, and how such a text is read. */
export function writtenAs(kind: InputKindName): WrittenKind {
  return kindsByName[kind].asked.written
}

/** The numbers of a record that somebody typed, or of the file that was named. */
export async function encodeTyped(
  text: string,
  { input }: { readonly input: InputSpec },
): Promise<Float32Array> {
  return await typedOf(input.kind, text, input)
}

async function typedOf<Kind extends InputKindName>(
  kind: Kind,
  text: string,
  input: Inputs[Kind],
): Promise<Float32Array> {
  return await (await casesOf(kind)).encodeTyped(text, input)
}

async function casesOf<Kind extends InputKindName>(kind: Kind) {
  return (await kindsByName[kind].loadCases()).cases
}
