import assert from 'node:assert/strict'
import { join } from 'node:path'
import { emptyChain, verifyEntries } from '@consort/agreements'
import { openHub } from '@consort/hub'
import { openNode } from '@consort/node'
import { hubEndpoints, nodeEndpoints } from '@consort/protocol'
import { type EventTables, entriesAfter, openDatabase } from '@consort/storage'
import { onPostgres } from '@consort/storage/testing/on-postgres'
import { consort } from './cli-process.ts'
import { weightsOfRun } from './faults/weights-of-run.ts'
import { openNetwork, silent } from './network.ts'
import { tableRecipe } from './table-data.ts'
import { wholeLog } from './whole-log.ts'

const test = onPostgres()
const recipe = { ...tableRecipe, federation: { rounds: 4, roundWithinSeconds: 120 } } as const
/** Two partners, each in every round. */
const updates = 2 * recipe.federation.rounds

test('a hub and a node go from a file to a server in mid-run: the run ends with the same weights', async server => {
  let hubUrl: string | undefined
  await using network = await openNetwork({
    engine: 'sqlite',
    startHub: config => openHub({ ...config, databaseUrl: hubUrl }, { log: silent }),
  })
  await network.joinWithTables({ a: 60, b: 90 })
  const undisturbed = await weightsOfRun(network, await network.startRun(recipe), updates)
  const run = await network.startRun(recipe)
  await network.awaitRun(run, view => view.history.length > 0)

  const [ofHub, ofA] = [await server.createDatabase(), await server.createDatabase()]
  const move = (name: string, url: string) =>
    consort('--data', join(network.directory, name), 'database', 'move', '--to', url, '--json')
  const early = await move('a', ofA)
  assert.deepEqual([early.code, /directory-locked/.test(early.err)], [3, true], early.err)

  const datasets = await network.callNode('a')(nodeEndpoints.listDatasets)
  const logBefore = wholeLog(join(network.directory, 'hub', 'hub.sqlite'))
  await network.stopNode('a')
  const moved = await move('a', ofA)
  assert.equal(moved.code, 0, moved.err)
  await network.hub[Symbol.asyncDispose]()
  const movedHub = await move('hub', ofHub)
  assert.equal(movedHub.code, 0, movedHub.err)
  await assert.rejects(network.restartHub(), { code: 'state-conflict', hint: /CONSORT_DATABASE_URL/ })
  await assert.rejects(network.startNode('a'), { code: 'state-conflict' })
  const { directory } = network
  for (const read of [['storage'], ['audit', 'verify'], ['audit', 'export', join(directory, 'log.jsonl')]]) {
    const { code, err } = await consort('--data', join(directory, 'hub'), ...read, '--json')
    assert.deepEqual([code, /state-conflict.*were moved/.test(err)], [3, true], `${read[0]}: ${err}`)
  }

  hubUrl = ofHub
  await network.restartHub()
  const config = { ...network.nodeConfig('a'), databaseUrl: ofA }
  network.nodes.set('a', await openNode(config, { work: true, parts: { log: silent } }))
  assert.equal(await weightsOfRun(network, run, updates), undisturbed)
  assert.deepEqual(await network.callNode('a')(nodeEndpoints.listDatasets), datasets)

  const database = openDatabase<EventTables>({ url: ofHub })
  const entries = await entriesAfter(database, 0, 10_000)
  await database.destroy()
  verifyEntries(emptyChain((await network.operator(hubEndpoints.getHub)).key), entries)
  assert.deepEqual(entries.slice(0, logBefore.length), logBefore)
})
