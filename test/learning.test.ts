import assert from 'node:assert/strict'
import { join } from 'node:path'
import test from 'node:test'
import { hubEndpoints } from '@consort/protocol'
import { openNetwork } from './network.ts'
import { tableRecipe, writeTable } from './table-data.ts'

test('three partners and an evaluator train one model together', async () => {
  await using network = await openNetwork()
  await network.join('judge', 'evaluator')
  await network.joinWithTables({ a: 200, b: 120, c: 80 })
  const path = join(network.directory, 'judge.csv')
  writeTable(path, { rows: 150, seed: 9 })
  await network.addDataset('judge', { dataset: 'plane', source: { kind: 'csv', path, label: 'state' } })
  const run = await network.awaitRun(await network.startRun(tableRecipe))
  assert.equal(run.phase, 'done', run.reason)
  assert.equal(run.history.length, 3)
  for (const round of run.history) {
    assert.deepEqual(
      round.members.map(member => [member.name, member.outcome]),
      [
        ['a', 'received'],
        ['b', 'received'],
        ['c', 'received'],
      ],
    )
    const weights = round.members.map(member => member.weight!)
    assert.ok(Math.abs(weights.reduce((sum, weight) => sum + weight, 0) - 1) < 1e-9)
    assert.deepEqual(
      round.evaluations.map(evaluation => evaluation.name),
      ['a', 'b', 'c', 'judge'],
    )
  }
  const judged = run.history.at(-1)!.evaluations.find(evaluation => evaluation.name === 'judge')!.metrics!
  assert.equal(judged.examples, 150)
  assert.ok(judged.values.accuracy! > 0.75, JSON.stringify(judged))

  const { models } = await network.operator(hubEndpoints.listModels)
  assert.equal(models.length, 1)
  const card = await network.operator(hubEndpoints.getModel, { params: { version: run.result! } })
  assert.deepEqual(
    card.lineage.map(entry => entry.member),
    ['a', 'b', 'c'],
  )
  assert.equal(card.evaluations.length, 4)
})
