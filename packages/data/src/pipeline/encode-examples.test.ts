import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createSeededRandom, type SeededRandom } from '@consort/basics'
import {
  featureWidth,
  inputShapeOf,
  parseRecipe,
  type Recipe,
  type RecipeInput,
  type TableFeature,
} from '@consort/protocol'
import type { ImageDataset, TableDataset } from '@consort/records'
import { encodeRecord } from '@consort/records'
import { createTableBuilder } from '@consort/records/testing/table-builder'
import { inputRows } from '@consort/train'
import { pixelScale } from '../testing/pixel-scale.ts'
import { encodeExamples, streamExamples } from './encode-examples.ts'

type Features = Extract<RecipeInput['input'], { kind: 'table' }>['features']

const classes = { kind: 'classification', classes: ['absent', 'present'] } satisfies RecipeInput['task']

function recipeOf(features: Features, task: RecipeInput['task'] = classes): Recipe {
  return parseRecipe({
    recipe: 1,
    name: 'test',
    dataset: 'patients',
    task,
    input: { kind: 'table', features },
    model: { kind: 'logistic' },
  })
}

function tableOf(columns: string[], rows: (string | null)[][], labels?: string[]): TableDataset {
  const builder = createTableBuilder(columns)
  rows.forEach((row, index) => {
    builder.add(row, labels?.[index] ?? 'absent')
  })
  return builder.build()
}

test('numbers are standardised, missing ones become the center', () => {
  const recipe = recipeOf([{ name: 'age', kind: 'number', center: 50, scale: 10 }])
  const table = tableOf(['age'], [['65'], [null], ['-5e1'], ['+.5'], ['50.']])
  const examples = encodeExamples(table, recipe)
  assert.deepEqual(examples.inputs, Float32Array.of(1.5, 0, -10, -4.95, 0))
  assert.deepEqual(examples.inputShape, [1])
  assert.equal(examples.count, 5)
})

test('values come first, then the indicator for missing, then the one for unknown', () => {
  const recipe = recipeOf([
    { name: 'sex', kind: 'category', values: ['f', 'm'], missing: 'indicator', unknown: 'indicator' },
    { name: 'age', kind: 'number', missing: 'indicator' },
    { name: 'site', kind: 'category', values: ['a', 'b'], missing: 'none', unknown: 'none' },
    { name: 'ward', kind: 'category', values: ['x'], missing: 'none', unknown: 'indicator' },
  ])
  const table = tableOf(
    ['ward', 'unused', 'age', 'sex', 'site'],
    [
      ['x', '!', '3', 'm', 'a'],
      [null, '!', null, null, null],
      ['z', '!', '-1', 'd', 'c'],
    ],
  )
  const rows = [
    [0, 1, 0, 0, /**/ 3, 0, /**/ 1, 0, /**/ 1, 0],
    [0, 0, 1, 0, /**/ 0, 1, /**/ 0, 0, /**/ 0, 0],
    [0, 0, 0, 1, /**/ -1, 0, /**/ 0, 0, /**/ 0, 1],
  ]
  const examples = encodeExamples(table, recipe)
  assert.deepEqual([...examples.inputs], rows.flat())
  assert.deepEqual(examples.inputShape, [10])
})

test('a selection is encoded in its own order, and the faults of other rows do not count', () => {
  const recipe = recipeOf([{ name: 'age', kind: 'number' }])
  const table = tableOf(['age'], [['1'], ['text'], ['3']], ['absent', 'nobody knows', 'present'])
  const examples = encodeExamples(table, recipe, Int32Array.of(2, 0, 2))
  assert.deepEqual(examples.inputs, Float32Array.of(3, 1, 3))
  assert.deepEqual(examples.labels, Int32Array.of(1, 0, 1))
})

test('messages count rows in the data set, not in the selection', () => {
  const recipe = recipeOf([{ name: 'age', kind: 'number' }])
  const rows = Int32Array.of(0, 3, 2)
  const cells = tableOf(['age'], [['1'], ['1'], ['1'], ['text']])
  assert.throws(() => encodeExamples(cells, recipe, rows), { message: /^Row 4, column age/ })
  const labels = tableOf(['age'], [['1'], ['1'], ['1'], ['1']], ['absent', 'absent', 'absent', 'x'])
  assert.throws(() => encodeExamples(labels, recipe, rows), { message: /^Row 4: the label/ })
})

test('numbers to predict are standardised', () => {
  const recipe = recipeOf([{ name: 'age', kind: 'number' }], { kind: 'regression', center: 10, scale: 4 })
  const examples = encodeExamples(tableOf(['age'], [['1'], ['1']], ['12', '-2']), recipe)
  assert.deepEqual(examples.labels, Float32Array.of(0.5, -3))
})

for (const cell of [
  'NaN',
  'inf',
  '-Infinity',
  '1,5',
  '1 000',
  '0x10',
  '12 kg',
  '١٢',
  '1e999',
  '--1',
  '.',
  'e5',
  '',
]) {
  test(`the cell ${JSON.stringify(cell)} is no number`, () => {
    const recipe = recipeOf([{ name: 'age', kind: 'number' }])
    const table = tableOf(['age'], [['1'], [cell]])
    assert.throws(() => encodeExamples(table, recipe), {
      code: 'value-invalid',
      message: 'Row 2, column age: not a finite number',
      hint: /decimal point/,
    })
  })
}

test('a number that a float32 cannot hold is refused', () => {
  const recipe = recipeOf([{ name: 'age', kind: 'number', scale: 1e-9 }])
  assert.throws(() => encodeExamples(tableOf(['age'], [['1e30']]), recipe), {
    code: 'value-invalid',
    message: /Row 1, column age: too large/,
  })
})

test('a very long cell is refused, and does not hold everything up', { timeout: 60_000 }, () => {
  const recipe = recipeOf([{ name: 'age', kind: 'number' }])
  const table = tableOf(['age'], [[`${'1'.repeat(100_000)}x`]])
  assert.throws(() => encodeExamples(table, recipe), { code: 'value-invalid' })
})

test('missing and unknown cells are refused where the recipe says so', () => {
  const table = tableOf(
    ['age', 'sex'],
    [
      ['1', 'f'],
      [null, null],
      ['1', 'd'],
    ],
  )
  assert.throws(() => encodeExamples(table, recipeOf([{ name: 'age', kind: 'number', missing: 'refuse' }])), {
    code: 'value-invalid',
    message: 'Row 2, column age: nothing is recorded',
  })
  const sex = { name: 'sex', kind: 'category', values: ['f', 'm'] } satisfies Features[number]
  assert.throws(() => encodeExamples(table, recipeOf([{ ...sex, missing: 'refuse' }])), {
    code: 'value-invalid',
    message: 'Row 2, column sex: nothing is recorded',
  })
  assert.throws(() => encodeExamples(table, recipeOf([sex])), {
    code: 'value-invalid',
    message: 'Row 3, column sex: not one of the values that the recipe lists',
    hint: /The recipe lists: f, m\./,
  })
})

test('a column that is not there is refused with the nearest names', () => {
  const table = tableOf(['Age', 'weight'], [['1', '2']])
  assert.throws(() => encodeExamples(table, recipeOf([{ name: 'age', kind: 'number' }])), {
    code: 'data-mismatch',
    message: /no column named age/,
    hint: /Did you mean Age\?/,
  })
})

test('a label outside the recipe is refused by its row; if none matches, it says so', () => {
  const recipe = recipeOf([{ name: 'age', kind: 'number' }])
  const rows = [['1'], ['1'], ['1']]
  assert.throws(() => encodeExamples(tableOf(['age'], rows, ['absent', 'Absent', 'x']), recipe), {
    code: 'class-unknown',
    message: 'Row 2: the label is not a class of the recipe',
    hint: /The recipe lists: absent, present\./,
  })
  assert.throws(() => encodeExamples(tableOf(['age'], rows, ['0', '1', '0']), recipe), {
    code: 'class-unknown',
    message: 'None of the 3 labels is a class of the recipe',
    hint: /The recipe lists: absent, present\./,
  })
})

test('a label that is no number is refused in a regression', () => {
  const recipe = recipeOf([{ name: 'age', kind: 'number' }], { kind: 'regression' })
  assert.throws(() => encodeExamples(tableOf(['age'], [['1'], ['1']], ['1', 'two']), recipe), {
    code: 'value-invalid',
    message: /Row 2: the label is not a finite number/,
  })
})

test('an empty selection is a refusal, an index outside the data set a bug', () => {
  const recipe = recipeOf([{ name: 'age', kind: 'number' }])
  const table = tableOf(['age'], [['1']])
  assert.throws(() => encodeExamples(table, recipe, new Int32Array()), {
    code: 'split-empty',
    message: /1 records/,
  })
  assert.throws(() => encodeExamples(table, recipe, Int32Array.of(1)), RangeError)
})

const digits: ImageDataset = {
  kind: 'images',
  count: 3,
  height: 2,
  width: 2,
  channels: 1,
  pixels: Uint8Array.from({ length: 12 }, (_, index) => index),
  labels: ['3', '1', '3'],
}

function imageRecipe(size: { height: number; width: number; channels?: 1 | 3 }): Recipe {
  return parseRecipe({
    recipe: 1,
    name: 'test',
    dataset: 'digits',
    task: { kind: 'classification', classes: ['1', '2', '3'] },
    input: { kind: 'images', ...size },
    model: { kind: 'logistic' },
  })
}

test('images stay bytes; all of them share the memory of the data set', () => {
  const recipe = imageRecipe({ height: 2, width: 2 })
  const all = encodeExamples(digits, recipe)
  assert.equal(all.inputs, digits.pixels)
  assert.deepEqual(all.labels, Int32Array.of(2, 0, 2))
  assert.deepEqual(all.inputShape, [1, 2, 2])
  const some = encodeExamples(digits, recipe, Int32Array.of(2, 1))
  assert.deepEqual(some.inputs, Uint8Array.of(8, 9, 10, 11, 4, 5, 6, 7))
  assert.deepEqual(some.labels, Int32Array.of(2, 0))
})

test('images of another size, and data of another kind, are refused', () => {
  assert.throws(() => encodeExamples(digits, imageRecipe({ height: 4, width: 2, channels: 3 })), {
    code: 'data-mismatch',
    message: 'The images are 1 × 2 × 2, the recipe takes 3 × 4 × 2',
  })
  assert.throws(() => encodeExamples(digits, recipeOf([{ name: 'age', kind: 'number' }])), {
    code: 'data-mismatch',
    message: /takes a table, this data set is images/,
  })
  assert.throws(() => encodeExamples(tableOf(['age'], [['1']]), imageRecipe({ height: 2, width: 2 })), {
    code: 'data-mismatch',
    message: /takes images, this data set is a table/,
  })
})

test('bytes become floats as the recipe says', () => {
  const { multiply, add } = pixelScale({ mean: 0.1307, deviation: 0.3081 })
  for (const byte of [0, 1, 128, 255]) {
    assert.ok(Math.abs(byte * multiply + add - (byte / 255 - 0.1307) / 0.3081) < 1e-12)
  }
})

function randomFeature(random: SeededRandom, name: string): TableFeature {
  const pick = <T>(items: readonly T[]): T => items[Math.floor(random.uniform() * items.length)]!
  return random.uniform() < 0.5
    ? {
        name,
        kind: 'number',
        center: random.normal(),
        scale: 1 + random.uniform(),
        missing: pick(['center', 'indicator']),
      }
    : {
        name,
        kind: 'category',
        values: Array.from({ length: 1 + Math.floor(random.uniform() * 4) }, (_, index) => `v${index}`),
        missing: pick(['none', 'indicator']),
        unknown: pick(['none', 'indicator']),
      }
}

/** The encoding said in other words: named numbers, then laid out. */
function expectedOf(feature: TableFeature, cell: string | null): number[] {
  if (feature.kind === 'number') {
    const value = cell === null ? 0 : Math.fround((Number(cell) - feature.center) / feature.scale)
    return feature.missing === 'indicator' ? [value, cell === null ? 1 : 0] : [value]
  }
  const hot = feature.values.map(value => (value === cell ? 1 : 0))
  if (feature.missing === 'indicator') hot.push(cell === null ? 1 : 0)
  if (feature.unknown === 'indicator') hot.push(cell !== null && !feature.values.includes(cell) ? 1 : 0)
  return hot
}

for (let seed = 1; seed <= 40; seed++) {
  test(`any table, whole or record by record, becomes the same numbers (seed ${seed})`, async () => {
    const random = createSeededRandom(seed)
    const features = Array.from({ length: 1 + Math.floor(random.uniform() * 6) }, (_, index) =>
      randomFeature(random, `c${index}`),
    )
    const rows = Array.from({ length: 20 }, () =>
      features.map(({ kind }) => {
        if (random.uniform() < 0.2) return null
        return kind === 'number' ? String(random.normal() * 100) : `v${Math.floor(random.uniform() * 6)}`
      }),
    )
    const recipe = recipeOf(features)
    const names = features.map(({ name }) => name)
    const { inputs, inputShape } = encodeExamples(tableOf(names, rows), recipe)
    const expected = rows.flatMap(row =>
      features.flatMap((feature, index) => expectedOf(feature, row[index]!)),
    )
    assert.deepEqual([...inputs], expected)
    let pauses = 0
    const pause = async (): Promise<number> => pauses++
    const gentle = await streamExamples(tableOf(names, rows), recipe, { pause })
    const streamed = [...inputRows(gentle)]
    assert.deepEqual([streamed, gentle.inputShape, pauses], [expected, inputShape, features.length])
    assert.deepEqual(inputShape, inputShapeOf(recipe.input))
    assert.equal(
      inputShape[0],
      features.reduce((sum, feature) => sum + featureWidth(feature), 0),
    )
    const records = rows.map(row => Object.fromEntries(row.map((cell, index) => [names[index], cell])))
    assert.deepEqual(
      records.flatMap(record => [...encodeRecord(record, recipe)]),
      expected,
    )
  })
}
