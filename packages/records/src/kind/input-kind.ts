import type { z } from 'zod'
import type { TableFeature } from './table-feature.ts'

/** The values of one sort of record: what a recipe, a card and a question say, and what lies in memory. */
export interface KindTypes<
  Input extends { readonly kind: string } = { readonly kind: string },
  Contents = unknown,
  Asked extends { readonly kind: string } = { readonly kind: string },
  Data = unknown,
> {
  readonly input: Input
  readonly contents: Contents
  readonly record: Asked
  readonly data: Data
}

/** What is said of one sort of record: by a recipe, by a data card, with a question. */
export interface InputKind<
  Input extends z.ZodType,
  Contents extends z.ZodType,
  Asked extends z.ZodType<{ kind: string }>,
> {
  /** How a recipe describes such records. */
  readonly input: Input
  /** What a data card says of them: shape, size and names of columns, never a value. */
  readonly contents: Contents
  /** How one of them travels with a question, with limits. */
  readonly record: Asked
  /** The same as it is kept, without limits: one that is lowered later makes no kept case unreadable. */
  readonly keptRecord: z.ZodType<z.output<Asked>>
  readonly recordKind: z.output<Asked>['kind']
  /** What one example looks like to the model, e.g. `[channels, height, width]` or `[features]`. */
  readonly shapeOf: (input: z.output<Input>) => number[]
  /** The columns that a model looks at; none where records have no columns. */
  readonly featuresOf: (input: z.output<Input>) => readonly TableFeature[]
  /** The columns that a data card lists; none where records have no columns. */
  readonly columnsOf: (contents: z.output<Contents>) => readonly string[]
  /** How examples that lie in memory as bytes become numbers; undefined where they lie there as numbers. */
  readonly pixelsOf: (input: z.output<Input>) => Pixels | undefined
  /** How many tokens of a record a model reads at most; undefined where it cannot be read as tokens. */
  readonly tokensMax: (input: z.output<Input>) => number | undefined
  /** What no single field of the input shows. */
  readonly contradictions: (input: z.output<Input>) => Contradiction[]
}

/** Bytes are divided by 255, then `(value − mean) / deviation`, the same for every channel. */
export interface Pixels {
  readonly channels: number
  readonly height: number
  readonly width: number
  readonly mean: number
  readonly deviation: number
  /** Training only: every image is moved by up to so many pixels in each direction. */
  readonly shift: number
  /** Training only: every other image is turned left to right. */
  readonly mirror: boolean
}

/** A fault of a recipe, with its path. */
export interface Contradiction {
  readonly path: (string | number)[]
  readonly message: string
}
