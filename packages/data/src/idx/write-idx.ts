import { writeFile } from 'node:fs/promises'
import { promisify } from 'node:util'
import { gzip } from 'node:zlib'
import { Refusal } from '@consort/protocol'
import type { ImageDataset } from '@consort/records'
import { gatherImages } from '@consort/records'

const gzipBytes = promisify(gzip)

/**
 * Writes grey images (all, or those at `indices`) as a pair of gzipped IDX files, the same bytes for the same
 * input. Throws `value-invalid` for colour, and for labels that are not the decimal text of one byte.
 */
export async function writeIdx(
  dataset: ImageDataset,
  files: { images: string; labels: string },
  indices?: Int32Array,
): Promise<void> {
  const { channels, height, width } = dataset
  if (channels !== 1) {
    throw new Refusal('value-invalid', 'An IDX file holds grey images, these are in colour')
  }
  const labels = indices === undefined ? dataset.labels : Array.from(indices, index => dataset.labels[index]!)
  const bytes = Uint8Array.from(labels, byteOf)
  const pixels = gatherImages(dataset, indices)
  await Promise.all([
    write(files.images, [bytes.length, height, width], pixels),
    write(files.labels, [bytes.length], bytes),
  ])
}

function byteOf(label: string): number {
  const byte = Number(label)
  if (!Number.isInteger(byte) || byte < 0 || byte > 255 || String(byte) !== label) {
    throw new Refusal('value-invalid', 'A label of an IDX file is one byte, written 0 to 255', {
      hint: 'Number the classes before the images are written.',
    })
  }
  return byte
}

async function write(path: string, shape: readonly number[], bytes: Uint8Array): Promise<void> {
  const header = Buffer.alloc(4 + 4 * shape.length)
  header[2] = 0x08
  header[3] = shape.length
  shape.forEach((dimension, index) => {
    header.writeUInt32BE(dimension, 4 + 4 * index)
  })
  await writeFile(path, await gzipBytes(Buffer.concat([header, bytes]), { level: 1 }))
}
