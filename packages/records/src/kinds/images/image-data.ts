import { Refusal } from '@consort/basics'
import type { TextColumn } from '../../columns/column.ts'
import type { Chosen, ContentAt, DataKind } from '../../kind/data-kind.ts'
import { gatherImages } from './gather-images.ts'
import type { ImageDataset } from './image-dataset.ts'
import type { ImageInput, ImageTypes } from './image-input.ts'

/** Pictures, which travel to the model as the bytes that they are. */
export const imageData: DataKind<ImageTypes> = {
  words: 'images',
  recordName: index => `Image ${index + 1}`,
  labelAt: ({ labels }, index) => labels[index]!,
  labelsOf,
  encode,
  // biome-ignore lint/correctness/useYield: there is nothing to wait for between pictures
  *stream(data, input, chosen) {
    return encode(data, input, chosen)
  },
  contentsOf: ({ height, width, channels }) => ({ kind: 'images', height, width, channels }),
  recordContent: data => contentOf(data, index => data.labels[index]!),
  /** Whatever their labels: a corrected one makes no new picture. */
  unitContent(data) {
    const at = contentOf(data, () => '')
    return index => ({ ...at(index), head: `consort-record\n${at(index).head}` })
  },
  columnNamed: () => undefined,
  bytesOfExample: sizeOf,
  growing: null,
}

function encode(data: ImageDataset, input: ImageInput, { rows, isAll }: Chosen): Uint8Array {
  checkSize(data, input)
  return gatherImages(data, isAll ? undefined : rows)
}

function sizeOf({ channels, height, width }: ImageDataset): number {
  return channels * height * width
}

/** Each distinct label has one code. */
function labelsOf({ labels }: ImageDataset): TextColumn {
  const codeOf = new Map<string, number>()
  const codes = Int32Array.from(labels, label => {
    const code = codeOf.get(label) ?? codeOf.size
    codeOf.set(label, code)
    return code
  })
  return { kind: 'texts', codes, values: [...codeOf.keys()] }
}

function contentOf(data: ImageDataset, labelAt: (index: number) => string): ContentAt {
  const { channels, height, width, pixels } = data
  const size = sizeOf(data)
  return index => ({
    head: `${JSON.stringify({ kind: 'image', channels, height, width, label: labelAt(index) })}\n`,
    body: pixels.subarray(index * size, (index + 1) * size),
  })
}

function checkSize(data: ImageDataset, input: ImageInput): void {
  const held = shapeText(data)
  const wanted = shapeText(input)
  if (held === wanted) return
  throw new Refusal('data-mismatch', `The images are ${held}, the recipe takes ${wanted}`, {
    hint: 'Channels × height × width. A folder of pictures can be registered at the size that the recipe takes.',
  })
}

function shapeText({ channels, height, width }: { channels: number; height: number; width: number }): string {
  return `${channels} × ${height} × ${width}`
}
