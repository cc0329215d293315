import assert from 'node:assert/strict'
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { buildConsole } from '@consort/console/build'
import {
  contentsOf,
  type Dataset,
  encodeCase,
  encodeExamples,
  encodeTyped,
  leavingRecord,
  partsOf,
  recordDigests,
  recordsOf,
  writtenAs,
} from '@consort/data'
import {
  askAgent,
  caseRecordSchema,
  dataCardSchema,
  inputKindNames,
  localTermsOf,
  metrics,
  metricsSchema,
  parseRecipe,
} from '@consort/protocol'
import { shownRecord } from '@consort/protocol/browser'
import { inputTensorsOf, recordRows } from '@consort/records'
import { trainedParts } from '@consort/train'

// Runs in a copy of the tree with a kind, a metric and a strategy more: see `additions.test.ts`.

const recipe = parseRecipe({
  recipe: 1,
  name: 'curves',
  dataset: 'curves',
  task: { kind: 'classification', classes: ['well', 'ill'] },
  input: { kind: 'series', length: 3 },
  model: { kind: 'logistic' },
  federation: { strategy: { kind: 'held', by: 0.5 } },
  evaluation: { metrics: ['error-rate', 'loss'] },
})
assert.deepEqual(localTermsOf(recipe.federation.strategy), { proximal: 0.5 })
const values = { 'error-rate': metrics['error-rate'].valueOf(Float64Array.of(3, 4)) }
assert.deepEqual(metricsSchema.shape.values.parse(values), { 'error-rate': 0.25 })

assert.deepEqual([...inputKindNames], ['images', 'series', 'table', 'text'])
assert.throws(() => parseRecipe({ ...recipe, input: { kind: 'series' } }), { path: 'input.length' })
assert.deepEqual(
  trainedParts(recipe).layout.tensors.map(({ shape }) => shape),
  [[2, 3], [2]],
)

const data: Dataset = {
  kind: 'series',
  count: 2,
  length: 3,
  values: Float64Array.of(1, 2, 3, 4, 5, 6),
  labels: ['ill', 'well'],
}
const contents = contentsOf(data)
assert.deepEqual(dataCardSchema.shape.contents.parse(contents), { kind: 'series', length: 3 })
const examples = encodeExamples(data, recipe)
assert.deepEqual([...examples.inputs], [1, 2, 3, 4, 5, 6])
assert.deepEqual([...examples.labels], [1, 0])
assert.equal(new Set(recordDigests(data, Buffer.alloc(32, 1)).map(String)).size, 2)

const record = { kind: 'samples', values: [1, 2, 3] } as const
const asked = caseRecordSchema.parse(record)
assert.deepEqual(askAgent.body.shape.record.parse(record), record)
assert.deepEqual([...(await encodeCase(asked, recipe))], [1, 2, 3])
await assert.rejects(encodeCase({ kind: 'text', text: '' }, recipe), { message: /asked about a series/ })
assert.deepEqual(caseRecordSchema.parse(writtenAs('series').read('1,2,3')), record)
assert.equal(leavingRecord(asked).as, 'nothing')
assert.equal((await partsOf(recipe.input, () => asked))?.features.length, 3)
const shown = await recordsOf(data, { rows: Int32Array.of(1), input: recipe.input, examples })
assert.deepEqual(await shown(0), { kind: 'samples', values: [4, 5, 6] })

const tensor = { name: 'series', datatype: 'FP64', shape: [1, 3], values: [7, 8, 9] } as const
const [row] = await recordRows(new Map([[tensor.name, tensor]]), recipe)
assert.deepEqual(await row!.record(), { kind: 'samples', values: [7, 8, 9] })
assert.deepEqual(await inputTensorsOf(recipe.input), [{ name: 'series', datatype: 'FP32', shape: [-1, 3] }])

assert.deepEqual(shownRecord(asked), { form: 'cells', cells: { 0: 1, 1: 2, 2: 3 } })
const folder = mkdtempSync(join(tmpdir(), 'consort-fourth-'))
writeFileSync(join(folder, 'curve.txt'), '1,2,3')
assert.deepEqual([...(await encodeTyped(join(folder, 'curve.txt'), recipe))], [1, 2, 3])
await buildConsole(join(folder, 'page'))
const scripts = readdirSync(join(folder, 'page/assets')).filter(name => name.endsWith('.js'))
const page = scripts.map(name => readFileSync(join(folder, 'page/assets', name), 'utf8')).join('\n')
assert.match(page, /samples/, 'the page reads such records')
assert.doesNotMatch(
  page,
  /value-invalid.{1,80}record\.values|from"node:|sharp/,
  'and nothing that needs Node',
)
rmSync(folder, { recursive: true })
console.log('used')
