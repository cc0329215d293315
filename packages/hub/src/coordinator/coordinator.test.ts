import assert from 'node:assert/strict'
import test from 'node:test'
import { createKeyPair, digestOfBytes, type Manifest } from '@consort/protocol'
import { openLocalBlobs } from '@consort/storage'
import { createLossyFiles } from '@consort/storage/testing'
import { sql } from 'kysely'
import { applyEvent } from '../runs/apply-event.ts'
import { announceUpdate } from '../runs/tasks/task-store.ts'
import { createTraffic } from '../runs/traffic.ts'
import { openHubDatabase } from '../testing/open-hub-database.ts'
import { openSurvey, survey } from '../testing/open-survey.ts'
import { type CoordinatorContext, createCoordinator } from './coordinator.ts'

function contextOf({ database }: Pick<CoordinatorContext, 'database'>, now = () => new Date(0)) {
  return {
    database,
    now,
    key: createKeyPair(),
    blobs: openLocalBlobs(createLossyFiles(), '/data/blobs'),
    entropy: { bytes: (count: number) => new Uint8Array(count) },
    waiting: { announce() {} },
    alone: async <T>(_: string, work: () => Promise<T>) => await work(),
    traffic: createTraffic(),
    chunkMemory: () => assert.fail('nothing is read'),
    log: { error: (said: unknown) => assert.fail(JSON.stringify(said)) } as never,
  } satisfies CoordinatorContext
}

const timers = (): number => process.getActiveResourcesInfo().filter(name => name === 'Timeout').length

test('a coordinator that ends while it looks at a survey sets no timer any more', async () => {
  await using hub = await openSurvey()
  const before = timers()
  let ending: Promise<void> | undefined
  const context = contextOf(hub, () => {
    ending ??= coordinator[Symbol.asyncDispose]() as Promise<void>
    return new Date(0)
  })
  const coordinator = createCoordinator(context)
  coordinator.pursue(survey.id)
  while (!ending) await new Promise(resolve => setImmediate(resolve))
  await ending
  assert.equal(timers(), before)
  coordinator.pursue(survey.id)
  await new Promise(resolve => setImmediate(resolve))
  assert.equal(timers(), before)
})

test('a coordinator that ends after any statement of a look sets no timer for the next', async context => {
  const { setTimeout: original } = globalThis
  let looks = 0
  context.mock.method(globalThis, 'setTimeout', (run: () => void, ms: number, ...rest: []) => {
    if (ms === 1000) looks += 1 // connections to a server have timers of other lengths
    return original(run, ms, ...rest)
  })
  let ended = 0
  for (let at = 1; looks === 0; at++) {
    let end = (): void => {}
    let statements = 0
    await using hub = await openSurvey({ onStatement: () => ++statements === at && end() })
    statements = 0
    const coordinator = createCoordinator(contextOf(hub))
    let ending: Promise<void> | undefined
    end = () => {
      ending ??= coordinator[Symbol.asyncDispose]() as Promise<void>
    }
    coordinator.pursue(survey.id)
    while (!ending && looks === 0) await new Promise(resolve => setImmediate(resolve))
    const isEnded = ending !== undefined
    end()
    await ending
    if (!isEnded) break
    assert.equal(looks, 0, `ended after statement ${at}`)
    ended += 1
  }
  assert.ok(ended > 1, `${ended} statements`)
})

test('a run that was cancelled leaves nothing of its updates on the disk', { timeout: 60_000 }, async () => {
  await using hub = await openHubDatabase()
  await hub.keep()
  const context = contextOf(hub)
  const bytes = Buffer.from('update')
  const chunk = { digest: digestOfBytes(bytes), bytes: bytes.length }
  const manifest: Manifest = { bytes: bytes.length, chunks: [chunk] }
  const { id, run } = hub.task.document
  await announceUpdate(hub.database, id, manifest)
  await context.blobs.put(id, chunk, bytes)
  await applyEvent(context, run, { kind: 'cancelled' })
  const coordinator = createCoordinator(context)
  coordinator.pursue(run)
  while ((await context.blobs.scopes()).length > 0) await new Promise(resolve => setImmediate(resolve))
  await coordinator[Symbol.asyncDispose]()
})

test('a run that is looked at is looked at once more, however many ask for it meanwhile', async () => {
  const looks: string[] = []
  await using hub = await openHubDatabase({
    onStatement: sql => sql.startsWith('select * from "run"') && looks.push(sql),
  })
  await hub.keep()
  const { run } = hub.task.document
  await applyEvent(contextOf(hub), run, { kind: 'cancelled' })
  const looksAfter = async (times: number): Promise<number> => {
    looks.length = 0
    const gate = Promise.withResolvers<void>()
    const alone = async <T>(_: string, work: () => Promise<T>) => await gate.promise.then(work)
    await using coordinator = createCoordinator({ ...contextOf(hub), alone })
    coordinator.pursue(run)
    await new Promise(resolve => setImmediate(resolve))
    for (let time = 0; time < times; time++) coordinator.pursue(run)
    gate.resolve()
    for (let still = 0, before = 0; still < 100; before = looks.length) {
      await sql`select 1`.execute(hub.database) // as slow as a look is, on either engine
      await new Promise(resolve => setImmediate(resolve))
      still = looks.length > 0 && looks.length === before ? still + 1 : 0
    }
    return looks.length
  }
  const once = await looksAfter(1)
  assert.ok(once > 0)
  assert.equal(await looksAfter(20), once)
})
