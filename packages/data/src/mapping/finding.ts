import type { UnitName } from './units.ts'

/** What is wrong, or may be, with a column. `cells` counts the cells that show it. */
export type Fault =
  /** Many cells are 0, and the schema's range has no 0. */
  | { readonly kind: 'zero-means-missing'; readonly cells: number }
  /** Many cells are 0, far from all others, though 0 is in the range. */
  | { readonly kind: 'zero-suspect'; readonly cells: number }
  /** Most numbers are outside the range, but would be inside if recorded in one of `units` (the likeliest first). */
  | { readonly kind: 'wrong-unit'; readonly cells: number; readonly units: readonly UnitName[] }
  /** Numbers outside the range that the findings above do not explain; `zeros` of them are 0. */
  | {
      readonly kind: 'outside'
      readonly cells: number
      readonly zeros: number
      readonly range: { readonly min: number; readonly max: number; readonly unit: string }
    }
  | { readonly kind: 'not-a-number'; readonly cells: number }
  /** At most five of the codes, the most frequent first, and none where they look like anything but codes. */
  | { readonly kind: 'unknown-codes'; readonly cells: number; readonly codes: readonly string[] }
  /** All recorded cells became the same. */
  | { readonly kind: 'constant'; readonly cells: number }
  /** A column is mapped, and nothing is recorded in it. */
  | { readonly kind: 'all-missing' }

/** An error keeps the data set from being used. */
export type Finding = Fault & { readonly level: 'error' | 'warning' }
