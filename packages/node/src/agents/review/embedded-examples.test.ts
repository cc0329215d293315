import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import {
  type DataSourceInput,
  dataSourceSchema,
  defaultLimits,
  labelAt,
  openReadings,
  readImage,
  splitByDigests,
  writeIdx,
} from '@consort/data'
import { parseRecipe, type Recipe } from '@consort/protocol'
import { openPredictor } from '@consort/serving'
import { initialWeights, planModel } from '@consort/train'
import { embedExamples } from './embedded-examples.ts'

const directory = mkdtempSync(join(tmpdir(), 'consort-examples-'))
after(() => rmSync(directory, { recursive: true, force: true }))
const splitKey = new Uint8Array(32).fill(7)
const readings = openReadings({
  keys: { records: splitKey, units: splitKey },
  limits: defaultLimits,
  nowMs: () => 0,
})

/** A registered data set as the node's table has it, as far as that matters here. */
async function registered(input: DataSourceInput, role: 'train' | 'test' = 'train') {
  const source = dataSourceSchema.parse(input)
  const { data, records, digest } = await readings.read(source, undefined)
  const row = {
    dataset: 'set',
    source,
    schema: null,
    digest,
    signedCard: { document: { role } },
    validation: 0.25,
  }
  const { train } = splitByDigests(records, 0.25)
  return { row: row as never, data, train }
}

async function embedded(recipe: Recipe, row: never, limits?: { records: number; pixelBytes: number }) {
  const weights = initialWeights(planModel(recipe), 3)
  await using predictor = await openPredictor({ recipe, weights })
  return await embedExamples({ readings }, row, predictor, limits)
}

const classification = { kind: 'classification', classes: ['0', '1'] } as const
const pictures = parseRecipe({
  recipe: 1,
  name: 'pictures',
  dataset: 'set',
  task: classification,
  input: { kind: 'images', height: 4, width: 4 },
  model: { kind: 'mlp', layers: [{ kind: 'dense', units: 5, activation: 'tanh' }] },
})
const table = parseRecipe({
  recipe: 1,
  name: 'table',
  dataset: 'set',
  task: classification,
  input: {
    kind: 'table',
    features: [
      { name: 'age', kind: 'number', center: 50, scale: 10 },
      { name: 'ward', kind: 'category', values: ['a', '7'], missing: 'none', unknown: 'none' },
    ],
  },
  model: { kind: 'logistic' },
})

async function writeDigits(count: number): Promise<DataSourceInput> {
  const files = { images: join(directory, `images-${count}`), labels: join(directory, `labels-${count}`) }
  const pixels = Uint8Array.from(
    { length: count * 16 },
    (_, index) => Math.imul(index + 1, 2654435761) >>> 24,
  )
  const labels = Array.from({ length: count }, (_, index) => `${index % 2}`)
  await writeIdx({ kind: 'images', count, height: 4, width: 4, channels: 1, pixels, labels }, files)
  return { kind: 'idx', ...files }
}

test('pictures come back as they were, in the order of the file, held-out ones left out', async () => {
  const { row, data, train } = await registered(await writeDigits(40))
  assert.ok(data.kind === 'images' && train.length > 20 && train.length < 40)
  const examples = await embedded(pictures, row)
  assert.equal(examples.embeddings.length, train.length * 5)
  for (const [index, at] of train.entries()) {
    const record = await examples.record(index)
    assert.ok(record.kind === 'image')
    const pixels = await readImage(Buffer.from(record.file, 'base64'), { height: 4, width: 4, channels: 1 })
    assert.deepEqual([...pixels], [...data.pixels.subarray(at * 16, (at + 1) * 16)])
    assert.equal(examples.labels[index], labelAt(data, at))
  }
})

test('rows show the fields that the model looks at, numbers as numbers, and nothing else', async () => {
  const path = join(directory, 'wards.csv')
  const lines = Array.from(
    { length: 30 },
    (_, index) => `${30 + index},n${index},${index % 3 ? '7' : ''},${index % 2}`,
  )
  writeFileSync(path, `age,name,ward,label\n${lines.join('\n')}\n`)
  const { row, train } = await registered({ kind: 'csv', path, label: 'label' })
  const examples = await embedded(table, row)
  for (const [index, at] of train.entries()) {
    const cells = { age: 30 + at, ward: at % 3 ? '7' : null }
    assert.deepEqual(await examples.record(index), { kind: 'row', cells })
    // Of a model without other layers, the features as they are scaled.
    const expected = [(30 + at - 50) / 10, 0, at % 3 ? 1 : 0]
    for (const [column, value] of expected.entries())
      assert.ok(Math.abs(examples.embeddings[index * 3 + column]! - value) < 1e-6)
  }
  const tested = await registered({ kind: 'csv', path, label: 'label' }, 'test')
  assert.deepEqual((await embedded(table, tested.row)).labels, [], 'a test set has none that train')
})

test('beyond the limit it is a sample that stays the same, whatever else there is, and is no run of the file', async () => {
  const { row, train } = await registered(await writeDigits(400))
  const all = await embedded(pictures, row)
  const limits = { records: 50, pixelBytes: 1e9 }
  const [sample, again] = [await embedded(pictures, row, limits), await embedded(pictures, row, limits)]
  assert.equal(sample.labels.length, 50)
  assert.deepEqual(sample.embeddings, again.embeddings)
  const smaller = await embedded(pictures, row, { records: 1000, pixelBytes: 20 * 16 + 15 })
  assert.equal(smaller.labels.length, 20)
  const vectors = ({ embeddings }: typeof all) =>
    Array.from({ length: embeddings.length / 5 }, (_, index) =>
      embeddings.slice(5 * index, 5 * index + 5).join(),
    )
  const places = vectors(sample).map(vector => vectors(all).indexOf(vector))
  assert.deepEqual(
    places,
    places.toSorted((a, b) => a - b),
  )
  const early = places.filter(place => place < train.length / 2).length
  assert.ok(early > 10 && early < 40, `${early} of 50 in the first half`)
  assert.ok(
    vectors(smaller).every(vector => vectors(sample).includes(vector)),
    'fewer are some of more',
  )
})
