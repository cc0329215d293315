import { Refusal } from '@consort/basics'
import type { CaseKind } from '../../kind/case-kind.ts'
import { base64Of } from './base64.ts'
import { encodeImage } from './encode-image.ts'
import { type ImageTypes, imageRecord } from './image-input.ts'
import { readImage } from './read-image.ts'

/** Pictures as PNG or JPEG files. */
export const cases: CaseKind<ImageTypes> = {
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
  parts: async () => null,
  recordsOf(_, { input, examples: { inputs: pixels } }) {
    const size = input.channels * input.height * input.width
    return async index => {
      const own = Uint8Array.from(pixels.subarray(index * size, (index + 1) * size))
      return imageRecord(base64Of(await encodeImage(own, input)))
    }
  },
  /** `text` is the path of a picture. */
  encodeTyped: async (text, input) => Float32Array.from(await readImage(text, input)),
}
