import assert from 'node:assert/strict'
import test from 'node:test'
import { digestOfBytes } from '@consort/protocol'
import { openLocalBlobs, segmentScope } from '@consort/storage'
import { createLossyFiles } from '@consort/storage/testing'
import { readRun } from '../runs/run-store.ts'
import { usageScope } from '../settlement/usage-file.ts'
import { openHubDatabase } from '../testing/open-hub-database.ts'
import { madeBy, openPastRun } from '../testing/open-past-run.ts'
import { type KeptBlobs, startSweeping } from './sweep-orphans.ts'

const bytes = Buffer.from('half an aggregate')
const blob = { digest: digestOfBytes(bytes), bytes: bytes.length }

async function sweepAt(
  isShared: boolean,
  t: { after: (end: () => Promise<void>) => void },
  archives: readonly string[] = [],
) {
  const hub = await openHubDatabase()
  const stack = new AsyncDisposableStack()
  t.after(async () => {
    await stack.disposeAsync()
    await hub[Symbol.asyncDispose]()
  })
  await hub.keep()
  const blobs = openLocalBlobs(createLossyFiles(), '/data/blobs')
  const task = hub.task.document.id
  for (const scope of ['ver_nobody', task, ...archives]) await blobs.put(scope, blob, bytes)
  const looks: Promise<unknown>[] = []
  const alone = <T>(_: string, work: () => Promise<T>): Promise<T> => {
    const look = work()
    looks.push(look)
    return look
  }
  const log = { warn: (said: unknown) => assert.fail(JSON.stringify(said)) } as never
  await startSweeping(stack, { database: hub.database, blobs, alone, log, isShared })
  return { blobs, looks, task }
}

async function startAlone(t: { after: (end: () => Promise<void>) => void }, kept: KeptBlobs): Promise<void> {
  const stack = new AsyncDisposableStack()
  t.after(() => stack.disposeAsync())
  const log = { warn: (said: unknown) => assert.fail(JSON.stringify(said)) } as never
  await startSweeping(stack, { ...kept, alone: async (_, work) => await work(), log, isShared: false })
}

test('what a crash left behind is gone when a hub starts alone; what a task names stays', async t => {
  const { blobs, task } = await sweepAt(false, t)
  assert.deepEqual(await blobs.scopes(), [task])
})

test('of a run that ended as the hub went down its result stays, and no other weights', async t => {
  await using past = await openPastRun()
  assert.deepEqual(await past.blobs.scopes(), [madeBy(2), madeBy(3)])
  await startAlone(t, past)
  assert.deepEqual(await past.blobs.scopes(), [madeBy(2)])
})

test('weights of a run that goes on stay', async t => {
  await using hub = await openHubDatabase()
  await hub.keep()
  const { version } = await readRun(hub.database, hub.task.document.run)
  const blobs = openLocalBlobs(createLossyFiles(), '/data/blobs')
  await blobs.put(version, blob, bytes)
  await startAlone(t, { database: hub.database, blobs })
  assert.deepEqual(await blobs.scopes(), [version])
})

test('archives of the log and of usage are somebody’s', async t => {
  const { blobs, task } = await sweepAt(false, t, [segmentScope, usageScope])
  assert.deepEqual(await blobs.scopes(), [segmentScope, task, usageScope].sort())
})

test('beside other replicas only what was nobody’s an hour before, too, is removed', async t => {
  t.mock.timers.enable({ apis: ['setInterval'] })
  const { blobs, looks, task } = await sweepAt(true, t)
  assert.deepEqual(await blobs.scopes(), [task, 'ver_nobody'])
  await blobs.put('ver_being_written', blob, bytes)
  t.mock.timers.tick(3_600_000)
  await Promise.all(looks)
  assert.deepEqual(await blobs.scopes(), [task, 'ver_being_written'])
})
