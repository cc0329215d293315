import assert from 'node:assert/strict'
import { cpSync } from 'node:fs'
import { join } from 'node:path'
import test from 'node:test'
import { openHub } from '@consort/hub'
import { hubEndpoints } from '@consort/protocol'
import { openNetwork, silent } from '../network.ts'
import { tableRecipe } from '../table-data.ts'

const recipe = { ...tableRecipe, federation: { rounds: 4, roundWithinSeconds: 60 } } as const

test('directories that were copied in mid-run are refused with the reason; those that ran go on', async () => {
  await using network = await openNetwork({
    engine: 'sqlite',
    startHub: config => {
      hubConfig = config
      return openHub(config, { log: silent })
    },
  })
  await network.joinWithTables({ a: 60, b: 90 })
  const run = await network.startRun(recipe)
  await network.awaitRun(run, view => view.history.length > 0)
  for (const name of ['hub', 'a'])
    cpSync(join(network.directory, name), join(network.directory, `${name}-copy`), { recursive: true })
  const refused = { code: 'state-conflict', message: /copied while process \d+/, hint: /in-use\.json/ }
  const copyOfHub = { ...hubConfig!, dataPath: join(network.directory, 'hub-copy') }
  await assert.rejects(openHub(copyOfHub, { log: silent }), refused)
  await assert.rejects(network.startNode('a-copy'), refused)
  assert.equal((await network.awaitRun(run)).phase, 'done')

  await network.hub[Symbol.asyncDispose]()
  cpSync(join(network.directory, 'hub'), join(network.directory, 'hub-still'), { recursive: true })
  const still = await openHub(
    { ...copyOfHub, dataPath: join(network.directory, 'hub-still') },
    { log: silent },
  )
  await still[Symbol.asyncDispose]()
  await network.restartHub()
  assert.equal((await network.operator(hubEndpoints.listRuns)).runs.length, 1)
})

let hubConfig: Parameters<typeof openHub>[0] | undefined
