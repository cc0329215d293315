import assert from 'node:assert/strict'
import test from 'node:test'
import { digestOfJson, digestOfManifest, type Manifest } from '@consort/protocol'
import { openHubDatabase } from '../../testing/open-hub-database.ts'
import {
  announceUpdate,
  closeOpenTasks,
  findTask,
  keepShare,
  oldestOpenTask,
  settleTask,
  takeUpdate,
} from './task-store.ts'

const at = new Date(1000)

function manifestNamed(name: string): Manifest {
  return { bytes: 4, chunks: [{ digest: digestOfJson(name), bytes: 4 }] }
}

async function openTask() {
  const hub = await openHubDatabase()
  await hub.keep()
  const { database, caller, task } = hub
  const { id, run } = task.document
  return {
    ...hub,
    id,
    find: async () => (await findTask(database, id, caller.id))!,
    take: (manifest: Manifest, settled?: Parameters<typeof takeUpdate>[3]) =>
      database.transaction().execute(transaction => takeUpdate(transaction, id, manifest, settled)),
    announce: (manifest: Manifest) => announceUpdate(database, id, manifest),
    close: () => database.transaction().execute(transaction => closeOpenTasks(transaction, run, at)),
  }
}

test('a task that has ended takes no update and no announcement', async () => {
  await using task = await openTask()
  await task.announce(manifestNamed('first'))
  await task.close()
  const ended = await task.find()
  assert.equal(ended.state, 'closed')
  assert.equal(await task.take(manifestNamed('first'), { at, loss: 1 }), false)
  assert.equal(await task.take(manifestNamed('first')), false, 'masked neither')
  assert.equal(await task.announce(manifestNamed('second')), false)
  assert.deepEqual(await task.find(), ended)
})

test('a taken update stays: it may be taken again, another one neither announced nor taken', async () => {
  await using task = await openTask()
  const [mine, other] = [manifestNamed('mine'), manifestNamed('other')]
  assert.deepEqual([await task.announce(other), await task.take(mine)], [true, true])
  assert.deepEqual(
    [await task.announce(other), await task.take(other), await task.take(mine)],
    [...[false, false, true]],
  )
  const { manifest, updateDigest, state } = await task.find()
  assert.deepEqual([manifest, updateDigest, state], [mine, digestOfManifest(mine), 'open'])
})

test('what is settled or closed is neither settled again nor received by its share', async () => {
  await using task = await openTask()
  await task.close()
  const { database, id } = task
  await database.transaction().execute(async transaction => {
    const failure = { code: 'data-changed', reference: 'r' } as const
    assert.equal(await settleTask(transaction, id, { state: 'failed', failure, at }), false)
    await keepShare(transaction, id, { weight: 0.5, at: at.toISOString() })
  })
  const { state, failure, weight } = await task.find()
  assert.deepEqual([state, failure, weight], ['closed', null, 0.5])
})

test('a task is there for its member only', async () => {
  await using task = await openTask()
  const { database, id, caller } = task
  const other = 'mem_0000000000000000'
  assert.equal(await findTask(database, id, other), undefined)
  assert.equal(await oldestOpenTask(database, other), undefined)
  assert.deepEqual(await oldestOpenTask(database, caller.id), task.task)
})
