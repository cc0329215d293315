import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { inspect } from 'node:util'
import { parseRecipe, problemOf, Refusal } from '@consort/protocol'
import {
  type DataSource,
  dataSourceSchema,
  encodeExamples,
  encodeRecord,
  readDataset,
  writeIdx,
} from './index.ts'
import { splitRecords } from './testing/split-records.ts'

/** Stands for what a patient told a hospital; must not be found in anything that could reach a log. */
const secret = 'Zq7secret4711'

const folder = mkdtempSync(join(tmpdir(), 'consort-refusals-'))
after(() => rmSync(folder, { recursive: true }))

let files = 0

function csv(content: string | Uint8Array, rest: object = {}): DataSource {
  const path = join(folder, `${files++}.csv`)
  writeFileSync(path, content)
  return dataSourceSchema.parse({ kind: 'csv', path, label: 'outcome', ...rest })
}

function recipe(features: object[], task: object = { kind: 'classification', classes: ['a', 'b'] }) {
  return parseRecipe({
    recipe: 1,
    name: 'test',
    dataset: 'patients',
    task,
    input: { kind: 'table', features },
    model: { kind: 'logistic' },
  })
}

const number = [{ name: 'x', kind: 'number' }]
const category = [{ name: 'x', kind: 'category', values: ['p', 'q'] }]
const header = 'x,outcome\n'

async function encode(content: string, ...task: Parameters<typeof recipe>): Promise<unknown> {
  return encodeExamples(await readDataset(csv(header + content)), recipe(...task))
}

const faults: Record<string, () => unknown> = {
  'a short row': () => readDataset(csv(`${header}${secret}\n`)),
  'a long row': () => readDataset(csv(`${header}${secret},${secret},${secret}\n`)),
  'text after a quote': () => readDataset(csv(`${header}"${secret}"${secret},a\n`)),
  'a quote in a cell': () => readDataset(csv(`${header}${secret}" ${secret},a\n`)),
  'a quote that never ends': () => readDataset(csv(`${header}1,a\n"${secret},a\n${secret},b\n`)),
  'a row without a label': () => readDataset(csv(`${header}${secret},\n`)),
  'no header': () => readDataset(csv(`${secret},${secret}2\n${secret},a\n`)),
  'no header, a cell like the label': () => readDataset(csv(`${secret},outcomes\n${secret},a\n`)),
  'no header, with numbers': () => readDataset(csv(`${secret},63.0\n${secret},a\n`)),
  'no header, one value twice': () => readDataset(csv(`${secret},${secret},outcome\n1,2,a\n`)),
  'no header, chosen features': () => readDataset(csv(`${secret},outcome\n1,a\n`, { features: ['age'] })),
  'another encoding': () => readDataset(csv(Buffer.from(`${header}${secret}\xff,a\n`, 'latin1'))),
  'a number that is none': () => encode(`1,a\n${secret},a\n`, number),
  'a value that is not listed': () => encode(`p,a\n${secret},a\n`, category),
  'a label that is not listed': () => encode(`1,a\n1,${secret}\n`, number),
  'labels that are not listed': () => encode(`1,${secret}\n1,${secret}\n`, number),
  'a label that is no number': () => encode(`1,1\n1,${secret}\n`, number, { kind: 'regression' }),
  'a record': () => encodeRecord({ x: secret }, recipe(number)),
  'a record of categories': () => encodeRecord({ x: secret }, recipe(category)),
  'a record without the column': () => encodeRecord({ y: secret }, recipe(number)),
  'an empty split': async () =>
    splitRecords(await readDataset(csv(`${header}${secret},${secret}\n`)), {
      key: Buffer.alloc(32),
      validation: 0.5,
    }),
  'a label that is no byte': () =>
    writeIdx(
      {
        kind: 'images',
        count: 1,
        height: 1,
        width: 1,
        channels: 1,
        pixels: Uint8Array.of(1),
        labels: [secret],
      },
      { images: join(folder, 'i'), labels: join(folder, 'l') },
    ),
}

for (const [what, run] of Object.entries(faults)) {
  test(`${what}: the refusal does not say what a cell holds`, async () => {
    const error: unknown = await Promise.resolve()
      .then(run)
      .then(
        () => assert.fail('not refused'),
        reason => reason,
      )
    assert.ok(error instanceof Refusal, inspect(error))
    assert.ok(error.message.length > 10)
    const told = inspect(error, { depth: 20, showHidden: true }) + JSON.stringify(problemOf(error))
    assert.ok(!told.includes(secret), told)
  })
}
