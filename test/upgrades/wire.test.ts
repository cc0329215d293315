import assert from 'node:assert/strict'
import { once } from 'node:events'
import { PassThrough } from 'node:stream'
import test from 'node:test'
import { type HubConfig, openHub } from '@consort/hub'
import { nodeEndpoints, type WireSupport } from '@consort/protocol'
import { pino } from 'pino'
import { consort } from '../cli-process.ts'
import { short } from '../guarded-network.ts'
import { openNetwork, openPrepared, silent } from '../network.ts'
import { tableRecipe } from '../table-data.ts'
import { openChangingProxy } from './changing-proxy.ts'

type LogLine = Readonly<Record<string, unknown>>

/** A node's log, and the first line of it that is about an event. */
function watchedLog() {
  const stream = new PassThrough()
  const lines: LogLine[] = []
  stream.on('data', (text: Buffer) => {
    for (const line of text.toString().trim().split('\n')) lines.push(JSON.parse(line))
    stream.emit('line')
  })
  const first = async (event: string): Promise<LogLine> => {
    for (;;) {
      const found = lines.find(({ msg }) => msg === event)
      if (found) return found
      await once(stream, 'line')
    }
  }
  return { log: pino({ level: 'info' }, stream), first }
}

/** A network whose hub is restarted as another version. */
async function openVersions(spoken: WireSupport | undefined) {
  const { log, first } = watchedLog()
  const hub = { spoken }
  const startHub = (config: HubConfig) =>
    openHub(config, { log: silent, ...(hub.spoken && { support: hub.spoken }) })
  const network = await openPrepared(joined => joined.joinWithTables({ a: 60 }), {
    startHub,
    nodeParts: { log },
  })
  const run = async () =>
    (await network.awaitRun(await network.startRun({ ...tableRecipe, federation: short }))).phase
  return { network, first, run, hub }
}

test('a hub of a newer version serves the nodes that it can, and their operators are told', async () => {
  const { network, first, run } = await openVersions({ version: '99.0.0', wire: 9, wireMin: 1 })
  await using _ = network
  assert.equal(await run(), 'done')
  const told = await first('hub-version-differs')
  const { version, hubVersion } = await network.callNode('a')(nodeEndpoints.getNode)
  assert.deepEqual([told.hub, told.node, hubVersion], ['99.0.0', version, '99.0.0'])
  assert.match(String(told.hint), /Upgrade the node/)
  const status = ['partner', 'status', '--data', network.nodeConfig('a').dataPath]
  const english = await consort(...status)
  assert.equal(english.code, 0)
  assert.match(english.err, /hub runs Consort 99\.0\.0, this node .* Upgrade the node/)
  assert.match((await consort(...status, '--lang', 'zh')).err, /99\.0\.0.*请尽快升级本节点/)
})

test('a hub that serves a node no longer tells it so, and the node goes on once it is served', async () => {
  const { network, first, run, hub } = await openVersions(undefined)
  await using _ = network
  assert.equal(await run(), 'done')
  hub.spoken = { version: '99.0.0', wire: 9, wireMin: 8 }
  await network.restartHub()
  const refused = await first('hub-version-unsupported')
  const { version, state } = await network.callNode('a')(nodeEndpoints.getNode)
  assert.match(String(refused.message), new RegExp(`Consort ${version} .*Consort 99\\.0\\.0`))
  assert.match(String(refused.hint), /Upgrade the caller .*99\.0\.0/)
  assert.match(state, /Consort 99\.0\.0/)
  const rosterAsMember = await consort(
    'roster',
    'show',
    '--data',
    network.nodeConfig('a').dataPath,
    '--lang',
    'zh',
  )
  assert.equal(rosterAsMember.code, 3)
  assert.match(rosterAsMember.err, /版本不兼容.*99\.0\.0/)
  hub.spoken = undefined
  await network.restartHub()
  assert.equal(await run(), 'done')
})

/** What a later version might say to a member that asks for work. */
const futures: Record<string, (answer: Record<string, unknown>) => unknown> = {
  'a task that says more': answer => {
    const task = answer.task as { document: object } | null
    return { ...answer, task: task && { ...task, document: { ...task.document, later: true } } }
  },
  'a survey that asks another sort of question': answer => ({
    ...answer,
    task: null,
    survey: { later: true },
  }),
}
for (const [what, say] of Object.entries(futures))
  test(`a node whose newer hub has ${what} for it says who has to be upgraded, and works once it understands`, async () => {
    let isNewer = false
    let hubUrl = ''
    await using proxy = await openChangingProxy(
      () => hubUrl,
      (path, answer) =>
        isNewer && path.startsWith('/v1/tasks/next') ? say(answer as Record<string, unknown>) : answer,
    )
    const { log, first } = watchedLog()
    const startHub = (config: HubConfig) =>
      openHub(config, { log: silent, support: { version: '99.0.0', wire: 1, wireMin: 1 } })
    await using network = await openNetwork({
      startHub,
      nodeParts: { log },
      hubConfig: { publicUrl: proxy.url },
    })
    hubUrl = network.hub.url
    await network.joinWithTables({ a: 60 })
    isNewer = true
    const run = await network.startRun({ ...tableRecipe, federation: short })
    const told = await first('hub-version-unsupported')
    assert.match(String(told.message), /tasks\/next.*Consort 99\.0\.0/)
    assert.match(String(told.hint), /Upgrade the caller .*99\.0\.0/)
    const { state } = await network.callNode('a')(nodeEndpoints.getNode)
    assert.match(state, /waiting for the hub: .*Consort 99\.0\.0/)
    const status = await consort(
      'partner',
      'status',
      '--data',
      network.nodeConfig('a').dataPath,
      '--lang',
      'zh',
    )
    assert.match(status.err, /99\.0\.0.*请尽快升级本节点/)
    isNewer = false
    assert.equal((await network.awaitRun(run)).phase, 'done')
  })
