import type { z } from 'zod'
import type { RecordKind } from '../kind/record-kind.ts'
import { images } from './images/images.ts'
import { table } from './table/table.ts'
import { text } from './text/text.ts'

/** Every kind of record, by the name under which recipes and data cards know it. A new one adds its line here. */
export const kinds = { images, table, text }

type Kinds = typeof kinds
/** A sort of record: what recipes call `input.kind` and data cards `contents.kind`. */
export type InputKindName = keyof Kinds

/** How a recipe describes records of each kind. */
export type Inputs = { readonly [Kind in InputKindName]: z.output<Kinds[Kind]['input']> }
/** What a data card says of each kind. */
export type Contents = { readonly [Kind in InputKindName]: z.output<Kinds[Kind]['contents']> }
/** How a record of each kind travels with a question. */
export type Records = { readonly [Kind in InputKindName]: z.output<Kinds[Kind]['record']> }
/** The data sets of each kind in memory. */
export type Datasets = { readonly [Kind in InputKindName]: DataOf<Kinds[Kind]> }

type DataOf<Made> = Made extends { readonly data: { readonly contentsOf: (data: infer Data) => unknown } }
  ? Data
  : never

/** The same table for those who ask it by name. A kind that stands under another name than its own does not compile. */
export const kindsByName: {
  readonly [Kind in Inputs[InputKindName]['kind']]: RecordKind<
    z.ZodType<Inputs[Kind]>,
    z.ZodType<Contents[Kind]>,
    z.ZodType<Records[Kind]>,
    Datasets[Kind]
  >
} = kinds
