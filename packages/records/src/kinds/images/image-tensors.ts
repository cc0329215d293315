import type { AskedRow, InputTensors } from '../../kind/input-tensors.ts'
import { type NumberTensor, type TextTensor, tensorRefusal } from '../../tensors/tensor.ts'
import { checkNames, rowsOf } from '../../tensors/tensor-rows.ts'
import { base64Of } from './base64.ts'
import { encodeImage } from './encode-image.ts'
import { cases } from './image-cases.ts'
import { type ImageInput, type ImageTypes, imageRecord } from './image-input.ts'

type ImageRow = AskedRow<ImageTypes['record']>

const fileBytesMax = 3_000_000

/** The one input of a model of images. */
const name = 'image'

/** Bytes of pixels [N, channels, height, width], or PNG or JPEG files as BYTES [N]. */
export const tensors: InputTensors<ImageInput, ImageTypes['record']> = {
  describe: ({ channels, height, width }) => [
    { name, datatype: 'UINT8', shape: [-1, channels, height, width] },
  ],
  async read(inputs, input) {
    const image = inputs.get(name)
    checkNames(inputs, [name])
    if (!image) throw tensorRefusal(name, 'is not there', 'The model takes it alone.')
    return image.datatype === 'BYTES' ? await fileRows(image, input) : pixelRows(image, input)
  },
}

function pixelRows({ name, shape, datatype, values }: NumberTensor, input: ImageInput): ImageRow[] {
  const { channels, height, width } = input
  const rows = rowsOf({ name, shape }, [channels, height, width])
  const size = channels * height * width
  const pixels = pixelsOf(name, values, datatype)
  return Array.from({ length: rows }, (_, row) => {
    const own = pixels.subarray(row * size, (row + 1) * size)
    return {
      input: new Float32Array(own),
      record: async () => imageRecord(base64Of(await encodeImage(own, input))),
    }
  })
}

/** Other kinds of numbers are taken where they are bytes all the same. */
function pixelsOf(name: string, values: ArrayLike<number>, datatype: string): Uint8Array {
  if (values instanceof Uint8Array) return values
  const pixels = Uint8Array.from(values)
  for (let index = 0; index < pixels.length; index++) {
    if (pixels[index] === values[index]) continue
    throw tensorRefusal(
      name,
      `a number of these ${datatype} is no pixel`,
      'Send UINT8: whole numbers from 0 to 255, as in the picture’s file; the model scales them itself.',
    )
  }
  return pixels
}

async function fileRows({ name, shape, values: files }: TextTensor, input: ImageInput): Promise<ImageRow[]> {
  const rows = rowsOf({ name, shape }, [1])
  return await Promise.all(
    Array.from({ length: rows }, async (_, row) => {
      const file = files[row]!
      // A file cannot travel in JSON as it is; there it comes in base64.
      const octets = typeof file === 'string' ? Buffer.from(file, 'base64') : Buffer.from(file)
      if (octets.length > fileBytesMax) {
        throw tensorRefusal(name, 'a file is too large', `Send pictures of at most ${fileBytesMax} bytes.`)
      }
      const record = imageRecord(octets.toString('base64'))
      return { input: await cases.encode(record, input), record: () => record }
    }),
  )
}
