import { encodeImage, encodeRecord, type TableRecord } from '@consort/data'
import type { ImageInput, Recipe, TableInput } from '@consort/protocol'
import { encodeCase } from '../../encode-case.ts'
import type { AskedRow } from '../served-models.ts'
import { countOf, type NumberTensor, type Tensor, type TextTensor, tensorRefusal } from './tensor.ts'

/** At once: larger questions hold up those of others. */
const rowsMax = 1024

/** As in records that come by the native way. */
const textMax = 2000
const fileBytesMax = 3_000_000

/** The one input of a model of images. */
export const imageInputName = 'image'

/**
 * The records that a request is about, encoded as in training. A table's come as one input a field, [N] or [N, 1]:
 * numbers (NaN where nothing is recorded) or texts (empty, likewise). Images come as `image`: bytes of pixels [N,
 * channels, height, width], or PNG or JPEG files as BYTES [N]. Throws `input-invalid` or `value-invalid` with the input
 * as path.
 */
export async function recordRows(
  inputs: ReadonlyMap<string, Tensor>,
  recipe: Pick<Recipe, 'input' | 'task'>,
): Promise<AskedRow[]> {
  const { input } = recipe
  if (input.kind === 'table') return tableRows(inputs, input)
  const image = inputs.get(imageInputName)
  checkNames(inputs, [imageInputName])
  if (!image) throw tensorRefusal(imageInputName, 'is not there', 'The model takes it alone.')
  return image.datatype === 'BYTES' ? await fileRows(image, recipe) : pixelRows(image, input)
}

function tableRows(inputs: ReadonlyMap<string, Tensor>, input: TableInput): AskedRow[] {
  checkNames(
    inputs,
    input.features.map(({ name }) => name),
  )
  const columns = [...inputs.values()].map(tensor => ({ name: tensor.name, cells: cellsOf(tensor) }))
  const rows = columns[0]?.cells.length ?? 0
  const uneven = columns.find(({ cells }) => cells.length !== rows)
  if (uneven) {
    throw tensorRefusal(
      uneven.name,
      `it has ${uneven.cells.length} rows, and ${columns[0]!.name} has ${rows}`,
      'Send one value a record.',
    )
  }
  return Array.from({ length: rows }, (_, row) => {
    const cells = Object.fromEntries(columns.map(({ name, cells }) => [name, cells[row]!]))
    return { input: encodeRecord(cells, { input }), record: () => ({ kind: 'row', cells }) }
  })
}

type Cell = TableRecord[string]

function cellsOf(tensor: Tensor): Cell[] {
  const rows = rowsOf(tensor, [1])
  if (tensor.datatype === 'BYTES') {
    const { name, values: texts } = tensor
    return Array.from({ length: rows }, (_, row) => textCell(name, texts[row]!))
  }
  const { values } = tensor
  return Array.from({ length: rows }, (_, row) => (Number.isNaN(values[row]) ? null : values[row]!))
}

const utf8 = new TextDecoder('utf-8', { fatal: true })

function textCell(name: string, value: Uint8Array | string): Cell {
  let text: string
  try {
    text = typeof value === 'string' ? value : utf8.decode(value)
  } catch {
    throw tensorRefusal(name, 'a text is not UTF-8', 'Encode texts as UTF-8.')
  }
  if (text.length > textMax || !text.isWellFormed()) {
    throw tensorRefusal(
      name,
      'a text is too long, or half a character',
      `Send at most ${textMax} characters.`,
    )
  }
  return text === '' ? null : text
}

/** How many records a tensor holds, each of the given shape, which may be left out where it is 1. Throws. */
function rowsOf({ name, shape }: Pick<Tensor, 'name' | 'shape'>, each: readonly number[]): number {
  const [rows = 0, ...rest] = shape
  const isEach = rest.length === each.length && rest.every((dimension, index) => dimension === each[index])
  const isPlain = rest.length === 0 && countOf(each) === 1
  if (!isEach && !isPlain) {
    throw tensorRefusal(
      name,
      `its shape is ${shape.join(' × ')}`,
      `The model takes ${['N', ...each].join(' × ')}.`,
    )
  }
  if (rows >= 1 && rows <= rowsMax) return rows
  throw tensorRefusal(name, `it has ${rows} records`, `Send from 1 to ${rowsMax} of them at once.`)
}

function pixelRows({ name, shape, datatype, values }: NumberTensor, input: ImageInput): AskedRow[] {
  const { channels, height, width } = input
  const rows = rowsOf({ name, shape }, [channels, height, width])
  const size = channels * height * width
  const pixels = pixelsOf(name, values, datatype)
  return Array.from({ length: rows }, (_, row) => {
    const own = pixels.subarray(row * size, (row + 1) * size)
    return {
      input: new Float32Array(own),
      record: async () => ({
        kind: 'image',
        file: Buffer.from(await encodeImage(own, input)).toString('base64'),
      }),
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

async function fileRows(
  { name, shape, values: files }: TextTensor,
  recipe: Pick<Recipe, 'input' | 'task'>,
): Promise<AskedRow[]> {
  const rows = rowsOf({ name, shape }, [1])
  return await Promise.all(
    Array.from({ length: rows }, async (_, row) => {
      const file = files[row]!
      // A file cannot travel in JSON as it is; there it comes in base64.
      const octets = typeof file === 'string' ? Buffer.from(file, 'base64') : Buffer.from(file)
      if (octets.length > fileBytesMax) {
        throw tensorRefusal(name, 'a file is too large', `Send pictures of at most ${fileBytesMax} bytes.`)
      }
      const record = { kind: 'image', file: octets.toString('base64') } as const
      return { input: await encodeCase(record, recipe), record: () => record }
    }),
  )
}

function checkNames(inputs: ReadonlyMap<string, Tensor>, known: readonly string[]): void {
  const names = new Set(known)
  for (const name of inputs.keys()) {
    if (names.has(name)) continue
    throw tensorRefusal(
      name,
      'the model has no such input',
      `It has: ${known.slice(0, 20).join(', ')}${known.length > 20 ? ', …' : ''}.`,
    )
  }
}
