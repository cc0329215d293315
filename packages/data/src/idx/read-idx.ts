import { Refusal } from '@consort/protocol'
import type { ImageDataset } from '@consort/records'
import type { ReadOptions } from '../read-options.ts'
import { readIdxFile } from './idx-file.ts'

/** Paths of two files. */
interface IdxSource {
  readonly images: string
  readonly labels: string
}

/** Grey images and their labels; a label byte becomes its decimal text. Throws `data-unreadable`. */
export async function readIdx(
  source: IdxSource,
  { signal, onProgress }: ReadOptions = {},
): Promise<ImageDataset> {
  const labels = await readIdxFile(source.labels, { holds: 'labels', signal })
  const images = await readIdxFile(source.images, { holds: 'images', signal })
  const [count, height, width] = images.shape as [number, number, number]
  if (labels.bytes.length !== count) {
    throw new Refusal(
      'data-unreadable',
      `${source.images} holds ${count} images, ${source.labels} holds ${labels.bytes.length} labels`,
      { hint: 'Name two files that belong together, for instance both train- or both t10k-.' },
    )
  }
  onProgress?.(1)
  return {
    kind: 'images',
    count,
    height,
    width,
    channels: 1,
    pixels: images.bytes,
    labels: Array.from(labels.bytes, label => decimals[label]!),
  }
}

const decimals = Array.from({ length: 256 }, (_, label) => String(label))
