import assert from 'node:assert/strict'
import { appendFileSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import test from 'node:test'
import { type DatasetView, nodeEndpoints, type Refusal } from '@consort/protocol'
import {
  budgetOf,
  failureOf,
  idleEngine,
  leftOf,
  privateRecipe,
  runOnce,
  setPolicy,
  show,
  words,
} from './guarded-network.ts'
import { type Network, openNetwork } from './network.ts'
import { writeTable } from './table-data.ts'

const mib = 2 ** 20

async function add(network: Network, path: string): Promise<DatasetView> {
  const source = { kind: 'csv' as const, path, label: 'state' }
  const body = { dataset: 'plane', source, validation: 0.2 }
  return await network.callNode('a')(nodeEndpoints.addDataset, { body })
}

async function refusalOf(call: Promise<unknown>): Promise<Refusal> {
  return await call.then(
    () => assert.fail('not refused'),
    error => error,
  )
}

test('a table that does not fit is refused with the limit and the way out; the node answers on, and reads the next', async () => {
  await using network = await openNetwork({ nodeConfig: { readMemoryBytes: 2 * mib } })
  await network.join('a')
  const path = join(network.directory, 'table.csv')
  const tables: Record<string, [content: string, message: RegExp, hint: RegExp]> = {
    'larger than its memory': [
      `x,y,state\n${'0.25,1.5,ill\n'.repeat(400_000)}`,
      /its columns take some \d+ MiB of memory, and this process reads up to 2 MiB/,
      /Raise CONSORT_READ_MEMORY/,
    ],
    'one cell of 10 MB': [
      `x,y,state\n1,${'2'.repeat(10 * mib)},ill\n`,
      /a cell of more than 1 MiB/,
      /shorten/,
    ],
    '20,000 columns': [
      `${Array.from({ length: 20_000 }, (_, column) => `f${column},`).join('')}state\n`,
      /more than 10000 columns/,
      /leave out/,
    ],
  }
  for (const [what, [content, message, hint]] of Object.entries(tables)) {
    writeFileSync(path, content)
    const refusal = await refusalOf(add(network, path))
    assert.equal(refusal.code, 'data-unreadable', what)
    assert.match(refusal.message, message)
    assert.match(refusal.hint!, hint)
    assert.deepEqual(await network.callNode('a')(nodeEndpoints.listDatasets), {
      datasets: [],
      unreadable: [],
    })
  }
  writeTable(path, { rows: 100, seed: 1 })
  assert.ok((await add(network, path)).card.trainExamples > 60)
})

test('a table that a thread reads is registered, charged and trained on; a changed file is not', async () => {
  await using network = await openNetwork({ nodeParts: { openEngine: idleEngine } })
  await network.join('a')
  await network.signRoster()
  const path = join(network.directory, 'large.csv')
  writeTable(path, { rows: 4000, seed: 1 })
  const [, ...rows] = readFileSync(path, 'utf8').trimEnd().split('\n')
  const notes = rows.map((_, index) => `${index} ${'said nothing of note, "" '.repeat(50)}`)
  writeFileSync(path, `note,x,y,state\n${rows.map((row, index) => `"${notes[index]}",${row}\n`).join('')}`)
  setPolicy(network, 'a', { ...budgetOf(8), exempt: { metrics: words } })
  const { card } = await add(network, path)
  assert.equal(card.trainExamples + card.evaluationExamples, 4000)
  const { budgets } = await show(network)
  assert.ok(budgets[0]!.units <= card.trainExamples && budgets[0]!.units > 3000, `${budgets[0]!.units} units`)
  assert.equal(failureOf(await runOnce(network), 'a'), undefined)
  assert.ok((await leftOf(network)) < 1)
  appendFileSync(path, 'none,1,1,ill\n')
  const other = await network.startRun({ ...privateRecipe, name: 'another' })
  assert.equal(failureOf(await network.awaitRun(other), 'a'), 'data-changed')
})
