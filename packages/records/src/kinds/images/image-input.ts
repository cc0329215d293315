import { z } from 'zod'
import type { KindTypes } from '../../kind/input-kind.ts'
import type { ImageDataset } from './image-dataset.ts'

/**
 * How a recipe describes pictures. Bytes are divided by 255, then `(value − mean) / deviation`, the same for every
 * channel.
 */
export const imageInputSchema = z.strictObject({
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
})
export type ImageInput = z.infer<typeof imageInputSchema>

export const imageContentsSchema = z.strictObject({
  kind: z.literal('images'),
  height: z.int().min(1),
  width: z.int().min(1),
  channels: z.int().min(1).max(4),
})

/** A PNG or JPEG file in base64. */
export const imageRecordSchema = z.strictObject({
  kind: z.literal('image'),
  file: z.base64().max(4_000_000),
})

type ImageRecord = z.infer<typeof imageRecordSchema>

export type ImageTypes = KindTypes<ImageInput, z.infer<typeof imageContentsSchema>, ImageRecord, ImageDataset>

/** A PNG or JPEG file in base64 as a record. */
export function imageRecord(file: string): ImageRecord {
  return { kind: 'image', file }
}

/** Of one picture as a model is given it. */
export type ImageSize = Pick<ImageInput, 'height' | 'width' | 'channels'>
