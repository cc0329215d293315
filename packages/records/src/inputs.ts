import { unionByKind } from '@consort/basics'
import { z } from 'zod'
import type { Contradiction, Pixels } from './kind/input-kind.ts'
import type { TableFeature } from './kind/table-feature.ts'
import {
  type Contents,
  type InputKindName,
  type Inputs,
  kinds,
  kindsByName,
  type Records,
} from './kinds/kinds.ts'

export type InputSpec = Inputs[InputKindName]
export type ImageInput = Inputs['images']
export type TableInput = Inputs['table']
export type TextInput = Inputs['text']
/** What an agent is asked about. */
export type CaseRecord = Records[InputKindName]

const all = Object.values(kinds)

/** The names of all kinds. */
export const inputKindNames: readonly InputKindName[] = all.map(kind => kind.input.shape.kind.value)

export const inputSchema = unionByKind(all.map(kind => kind.input))
export const contentsSchema = unionByKind(all.map(kind => kind.contents))
export const caseRecordSchema = unionByKind(all.map(kind => kind.record))
/** A record as it is kept: without the limits that it passed when it came. */
export const keptRecordSchema = z.union(all.map(kind => kind.keptRecord))

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

/** How many tokens of a record a model reads at most; undefined where it cannot be read as tokens. */
export function tokensMaxOf(input: InputSpec): number | undefined {
  return asked(input.kind, input).tokensMax()
}

/** What no single field of an input shows. */
export function inputContradictions(input: InputSpec): Contradiction[] {
  return asked(input.kind, input).contradictions()
}

/** What a record of this kind calls itself in a question. */
export function recordKindOf<Kind extends InputKindName>(kind: Kind): Records[Kind]['kind'] {
  return kindsByName[kind].recordKind
}

function listed<Kind extends InputKindName>(kind: Kind, contents: Contents[Kind]): readonly string[] {
  return kindsByName[kind].columnsOf(contents)
}

function asked<Kind extends InputKindName>(kind: Kind, input: Inputs[Kind]) {
  const of = kindsByName[kind]
  return {
    shape: () => of.shapeOf(input),
    features: () => of.featuresOf(input),
    pixels: () => of.pixelsOf(input),
    tokensMax: () => of.tokensMax(input),
    contradictions: () => of.contradictions(input),
  }
}
