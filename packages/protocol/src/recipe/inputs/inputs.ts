import { z } from 'zod'
import { images } from './images/images.ts'
import type { Contradiction, Pixels } from './input-kind.ts'
import { table } from './table/table.ts'
import type { TableFeature } from './table-feature.ts'
import { text } from './text/text.ts'

/** Every kind of input, by the name under which recipes and data cards know it. A new one adds its line here. */
const kinds = { images, table, text }

type Kinds = typeof kinds
/** A sort of record: what recipes call `input.kind` and data cards `contents.kind`. */
export type InputKindName = keyof Kinds

/** How a recipe describes records of each kind. */
export type Inputs = { readonly [Kind in InputKindName]: z.output<Kinds[Kind]['input']> }
/** What a data card says of each kind. */
export type Contents = { readonly [Kind in InputKindName]: z.output<Kinds[Kind]['contents']> }
/** How a record of each kind travels with a question. */
export type Records = { readonly [Kind in InputKindName]: z.output<Kinds[Kind]['record']> }

export type InputSpec = Inputs[InputKindName]
export type ImageInput = Inputs['images']
export type TableInput = Inputs['table']
export type TextInput = Inputs['text']
/** What an agent is asked about. */
export type CaseRecord = Records[InputKindName]

const all = Object.values(kinds)
const [first, ...others] = all

/** The names of all kinds. */
export const inputKindNames: readonly InputKindName[] = all.map(kind => kind.input.shape.kind.value)

export const inputSchema = z.discriminatedUnion('kind', [first!.input, ...others.map(kind => kind.input)])
export const contentsSchema = z.discriminatedUnion('kind', [
  first!.contents,
  ...others.map(kind => kind.contents),
])
export const caseRecordSchema = z.discriminatedUnion('kind', [
  first!.record,
  ...others.map(kind => kind.record),
])
/** A record as it is kept: without the limits that it passed when it came. */
export const keptRecordSchema = z.union([first!.keptRecord, ...others.map(kind => kind.keptRecord)])

interface Answers<Kind extends InputKindName> {
  readonly recordKind: Records[Kind]['kind']
  readonly shapeOf: (input: Inputs[Kind]) => number[]
  readonly featuresOf: (input: Inputs[Kind]) => readonly TableFeature[]
  readonly columnsOf: (contents: Contents[Kind]) => readonly string[]
  readonly pixelsOf: (input: Inputs[Kind]) => Pixels | undefined
  readonly contradictions: (input: Inputs[Kind]) => Contradiction[]
}

/** A kind that stands under another name than its input's does not compile. */
const answers: { readonly [Kind in InputSpec['kind']]: Answers<Kind> } = kinds

/** What one example looks like to the model: `[channels, height, width]` or `[features]`. */
export function inputShapeOf(input: InputSpec): number[] {
  return asked(input.kind, input).shape()
}

/** The columns that a model looks at; none where records have no columns. */
export function featuresOf(input: InputSpec): readonly TableFeature[] {
  return asked(input.kind, input).features()
}

/** The columns that a data card lists; none where records have no columns. */
export function columnsOf(contents: Contents[InputKindName]): readonly string[] {
  return listed(contents.kind, contents)
}

/** How examples that lie in memory as bytes become numbers; undefined where they lie there as numbers. */
export function pixelsOf(input: InputSpec): Pixels | undefined {
  return asked(input.kind, input).pixels()
}

/** What no single field of an input shows. */
export function inputContradictions(input: InputSpec): Contradiction[] {
  return asked(input.kind, input).contradictions()
}

/** What a record of this kind calls itself in a question. */
export function recordKindOf<Kind extends InputKindName>(kind: Kind): Records[Kind]['kind'] {
  return answers[kind].recordKind
}

function listed<Kind extends InputKindName>(kind: Kind, contents: Contents[Kind]): readonly string[] {
  return answers[kind].columnsOf(contents)
}

function asked<Kind extends InputKindName>(kind: Kind, input: Inputs[Kind]) {
  const of = answers[kind]
  return {
    shape: () => of.shapeOf(input),
    features: () => of.featuresOf(input),
    pixels: () => of.pixelsOf(input),
    contradictions: () => of.contradictions(input),
  }
}
