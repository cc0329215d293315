import { availableParallelism } from 'node:os'
import type { ImageDataset } from '@consort/records'
import { type ImageSize, readImage } from '@consort/records/pictures'
import type { ReadOptions } from '../read-options.ts'
import { listImageFiles } from './image-files.ts'

/** A folder, and the size that its pictures become. */
interface FolderSource extends ImageSize {
  readonly path: string
}

/** Pictures in one folder a class, all brought to one size. Throws as `listImageFiles` and `readImage` do. */
export async function readImageFolder(
  source: FolderSource,
  { signal, onProgress }: ReadOptions = {},
): Promise<ImageDataset> {
  const { height, width, channels } = source
  const files = await listImageFiles(source.path)
  const size = channels * height * width
  const pixels = new Uint8Array(files.length * size)
  let done = 0
  await forEachIndex(files.length, async index => {
    signal?.throwIfAborted()
    pixels.set(await readImage(files[index]!.path, source), index * size)
    done++
    onProgress?.(done / files.length)
  })
  return {
    kind: 'images',
    count: files.length,
    height,
    width,
    channels,
    pixels,
    labels: files.map(file => file.label),
  }
}

/**
 * Works on a few indices at a time, each begun in order. After a failure none is begun, those under way are
 * awaited, and the error of the lowest index is thrown: the same one every time.
 */
async function forEachIndex(count: number, work: (index: number) => Promise<void>): Promise<void> {
  const failures: { index: number; error: unknown }[] = []
  let next = 0
  const worker = async (): Promise<void> => {
    while (next < count && failures.length === 0) {
      const index = next++
      await work(index).catch(error => failures.push({ index, error }))
    }
  }
  await Promise.all(Array.from({ length: 2 * availableParallelism() }, worker))
  const [first] = failures.sort((a, b) => a.index - b.index)
  if (first !== undefined) throw first.error
}
