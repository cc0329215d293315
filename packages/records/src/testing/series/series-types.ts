import { z } from 'zod'
import type { KindTypes } from '../../kind/input-kind.ts'

export const seriesInputSchema = z.strictObject({ kind: z.literal('series'), length: z.int().min(1) })
export const seriesContentsSchema = z.strictObject({ kind: z.literal('series'), length: z.int().min(1) })
export const samplesSchema = z.strictObject({
  kind: z.literal('samples'),
  values: z.array(z.number()).max(10_000),
})

/** Series of one length in memory. */
export interface SeriesDataset {
  readonly kind: 'series'
  readonly count: number
  readonly length: number
  /** `count` × `length` numbers, one series after the other. */
  readonly values: Float64Array
  readonly labels: readonly string[]
}

export type SeriesTypes = KindTypes<
  z.infer<typeof seriesInputSchema>,
  z.infer<typeof seriesContentsSchema>,
  z.infer<typeof samplesSchema>,
  SeriesDataset
>
