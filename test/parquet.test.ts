import assert from 'node:assert/strict'
import { copyFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { hubEndpoints, nodeEndpoints, type RecipeInput } from '@consort/protocol'
import { type Network, openNetwork } from './network.ts'

const fixture = (name: string): string => join(import.meta.dirname, '../packages/data/fixtures', name)

let network: Network
before(async () => {
  network = await openNetwork()
  for (const name of ['a', 'b']) await network.join(name)
  await network.signRoster()
})
after(() => network[Symbol.asyncDispose]())

const recipe = {
  recipe: 1,
  name: 'visits',
  dataset: 'visits',
  task: { kind: 'classification', classes: ['well', 'ill'] },
  input: {
    kind: 'table',
    features: [
      { name: 'age', kind: 'number', center: 40, scale: 10 },
      { name: 'dose', kind: 'number', missing: 'indicator' },
      { name: 'smokes', kind: 'category', values: ['true', 'false'] },
    ],
  },
  model: { kind: 'logistic' },
  optimiser: { kind: 'adam', learningRate: 0.05 },
  batchSize: 8,
  federation: { rounds: 1 },
} as const satisfies RecipeInput

const countsOf = async (name: string) => {
  const { members } = await network.operator(hubEndpoints.listMembers)
  return members.find(member => member.name === name)!.datasets
}

test('partners train together from Parquet and CSV; a table that moves to the other format has the same records', async () => {
  const csv = { kind: 'csv', path: fixture('visits.csv'), label: 'state' } as const
  const parquet = { kind: 'parquet', path: fixture('visits-zstd.parquet'), label: 'state' } as const
  await network.addDataset('a', { dataset: 'visits', source: csv, validation: 0.2 })
  await network.addDataset('b', { dataset: 'visits', source: parquet, validation: 0.2 })
  const run = await network.awaitRun(await network.startRun(recipe))
  assert.equal(run.phase, 'done', run.reason)
  const before = await countsOf('a')
  await network.addDataset('a', { dataset: 'visits', source: { ...parquet }, validation: 0.2 })
  assert.deepEqual(await countsOf('a'), before)
})

test('a file that ends too early is refused by the node that it lies at, which goes on', async () => {
  const path = join(network.directory, 'cut.parquet')
  copyFileSync(fixture('visits.csv'), path)
  const source = { kind: 'parquet', path, label: 'state' } as const
  await assert.rejects(network.addDataset('a', { dataset: 'cut', source }), {
    code: 'data-unreadable',
    message: /cannot be read as a Parquet file/,
  })
  const { datasets } = await network.callNode('a')(nodeEndpoints.listDatasets)
  assert.deepEqual(
    datasets.map(({ card }) => card.dataset),
    ['visits'],
  )
})
