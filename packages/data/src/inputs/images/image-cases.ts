import { Refusal } from '@consort/protocol'
import { caseKind, type RecordAt } from '../case-kind.ts'
import { encodeImage } from './encode-image.ts'
import type { ImageDataset } from './image-dataset.ts'
import { readImage } from './read-image.ts'

/** Pictures as PNG or JPEG files. */
export const imageCases = caseKind<'images', ImageDataset>({
  words: 'an image',
  async encode({ file }, input) {
    try {
      return Float32Array.from(await readImage(Buffer.from(file, 'base64'), input))
    } catch (error) {
      if (!(error instanceof Refusal)) throw error
      const { message, hint } = error
      throw new Refusal('value-invalid', message, {
        ...(hint && { hint }),
        path: 'record.file',
        cause: error,
      })
    }
  },
  read: record => record,
  full: record => record,
  leaving: ({ file }) => ({ as: 'picture', file: Buffer.from(file, 'base64'), made: recordOf }),
  parts: async () => null,
  recordsOf(_, { input, examples: { inputs: pixels } }): RecordAt<ReturnType<typeof recordOf>> {
    const size = input.channels * input.height * input.width
    return async index => {
      const own = Uint8Array.from(pixels.subarray(index * size, (index + 1) * size))
      return recordOf(await encodeImage(own, input))
    }
  },
  written: {
    hint: 'Send pictures as data URLs: data:image/png;base64,…',
    read(text) {
      const file = /^data:image\/(?:png|jpeg);base64,(.*)$/.exec(text)?.[1]
      return { kind: 'image', file }
    },
  },
  /** `text` is the path of a picture. */
  encodeTyped: async (text, input) => Float32Array.from(await readImage(text, input)),
})

function recordOf(file: Uint8Array) {
  return { kind: 'image' as const, file: Buffer.from(file).toString('base64') }
}
