import { z } from 'zod'
import { inputKind } from '../input-kind.ts'

/** Pictures of one size. */
export const images = inputKind({
  /** Bytes are divided by 255, then `(value − mean) / deviation`, the same for every channel. */
  input: z.strictObject({
    kind: z.literal('images'),
    height: z.int().min(1).max(4096),
    width: z.int().min(1).max(4096),
    channels: z.literal([1, 3]).default(1),
    mean: z.number().default(0),
    deviation: z.number().positive().default(1),
    /** Training only: every image is moved by up to so many pixels in each direction, zeros come in. */
    shift: z.int().min(0).max(16).default(0),
    /** Training only: every other image, drawn anew each time, is turned left to right. */
    mirror: z.boolean().default(false),
  }),
  contents: z.strictObject({
    kind: z.literal('images'),
    height: z.int().min(1),
    width: z.int().min(1),
    channels: z.int().min(1).max(4),
  }),
  /** A PNG or JPEG file in base64. */
  record: z.strictObject({ kind: z.literal('image'), file: z.base64().max(4_000_000) }),
  keptRecord: z.object({ kind: z.literal('image'), file: z.string() }),
  recordKind: 'image',
  shapeOf: ({ channels, height, width }) => [channels, height, width],
  featuresOf: () => [],
  columnsOf: () => [],
  pixelsOf: input => input,
  contradictions: () => [],
})
