import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'

/** Files of the 10,000 test images of CIFAR-10, in the original order. */
export const images = 10_000
export const classes = 10

/** The folder with `cifar10/` and `cifar10h/`; undefined where none is named. */
export function benchData(): string | undefined {
  const folder = process.env.CONSORT_BENCH_DATA
  return folder !== undefined && existsSync(join(folder, 'cifar10')) ? folder : undefined
}

export const dataMissing =
  'Name the folder that holds cifar10/ and cifar10h/ in CONSORT_BENCH_DATA (see bench/README.md)'

export function readLabels(folder: string): Uint8Array {
  return new Uint8Array(readFileSync(join(folder, 'cifar10', 'test.labels.u8')))
}

/** Out-of-sample probabilities of one model, images × classes by rows (float64 in NumPy's format). */
export function readProbabilities(folder: string): Float64Array {
  const bytes = gunzipSync(readFileSync(join(folder, 'cifar10', 'model_probs_cleanlab_test.npy.gz')))
  const body = 10 + bytes.readUInt16LE(8)
  return new Float64Array(images * classes).map((_, index) => bytes.readDoubleLE(body + 8 * index))
}

/** How many people chose each class, images × classes by rows (CIFAR-10H, Peterson et al. 2019). */
export function readHumanCounts(folder: string): Uint8Array {
  return new Uint8Array(readFileSync(join(folder, 'cifar10h', 'cifar10h-counts.u8')))
}
