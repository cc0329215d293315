import { z } from 'zod'
import { recordKind } from '../../kind/record-kind.ts'
import { base64Of, octetsOf } from './base64.ts'
import { imageData } from './image-data.ts'
import { imageContentsSchema, imageInputSchema, imageRecord, imageRecordSchema } from './image-input.ts'

/** Pictures of one size. */
export const images = recordKind({
  input: imageInputSchema,
  contents: imageContentsSchema,
  record: imageRecordSchema,
  keptRecord: z.object({ kind: z.literal('image'), file: z.string() }),
  recordKind: 'image',
  shapeOf: ({ channels, height, width }) => [channels, height, width],
  featuresOf: () => [],
  columnsOf: () => [],
  pixelsOf: input => input,
  tokensMax: () => undefined,
  contradictions: () => [],
  data: imageData,
  asked: {
    words: 'an image',
    read: record => record,
    full: record => record,
    leaving: ({ file }) => ({
      as: 'picture',
      file: octetsOf(file),
      made: octets => imageRecord(base64Of(octets)),
    }),
    shown: ({ file }) => ({ form: 'picture', file }),
    written: {
      hint: 'Send pictures as data URLs: data:image/png;base64,…',
      read(text) {
        const file = /^data:image\/(?:png|jpeg);base64,(.*)$/.exec(text)?.[1]
        return { kind: 'image', file }
      },
    },
  },
  loadCases: () => import('#kinds/images/image-cases'),
  loadTensors: () => import('#kinds/images/image-tensors'),
})
