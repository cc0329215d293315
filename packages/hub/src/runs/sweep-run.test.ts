import assert from 'node:assert/strict'
import test from 'node:test'
import type { RunState } from '@consort/federation'
import { digestOfBytes, type Id } from '@consort/protocol'
import { openLocalBlobs } from '@consort/storage'
import { createLossyFiles } from '@consort/storage/testing'
import { startSweeping } from '../coordinator/sweep-orphans.ts'
import { openHubDatabase } from '../testing/open-hub-database.ts'
import { goOnFrom, keepState, readRun } from './run-store.ts'
import { sweepRun } from './sweep-run.ts'
import { announceUpdate, findManifest, insertTask } from './tasks/task-store.ts'
import { insertVersion, keptVersions, publish, versionWeights } from './version-store.ts'

const bytes = Buffer.from('1234')
const chunk = { digest: digestOfBytes(bytes), bytes: 4 }
const second: Id<'version'> = 'ver_0000000000000002'

/** A run that has made its second version of the update of a task; all three lie on the disk. */
async function openRun(state: RunState, onStatement: (sql: string) => void = () => {}) {
  const hub = await openHubDatabase({ onStatement })
  await hub.keep()
  const { database, task } = hub
  const { run: id, id: update } = task.document
  const blobs = openLocalBlobs(createLossyFiles(), '/data/blobs')
  const run = await readRun(database, id)
  const first = run.version
  await announceUpdate(database, update, { bytes: 4, chunks: [chunk] })
  await database.transaction().execute(async transaction => {
    const weights = await versionWeights(transaction, first)
    const { name, created } = run
    await insertVersion(transaction, { id: second, run: id, round: 1, name, created, weights })
    await goOnFrom(transaction, id, second)
    await publish(transaction, second)
    await keepState(transaction, run, { state, ended: null, bytes: run.bytes })
  })
  for (const scope of [first, second, update]) await blobs.put(scope, chunk, bytes)
  return {
    ...{ database, blobs, id, first, update, [Symbol.asyncDispose]: hub[Symbol.asyncDispose] },
    async announceAnother() {
      const another: Id<'task'> = 'tsk_00000000000000zz'
      const document = { ...task.document, id: another }
      const signed = { document, signatures: [] }
      await database
        .transaction()
        .execute(trx => insertTask(trx, signed, { version: first, opened: run.created }))
      await announceUpdate(database, another, { bytes: 4, chunks: [chunk] })
      await blobs.put(another, chunk, bytes)
    },
  }
}

const selecting: RunState = { phase: 'selecting', round: 2, deadline: 1000, waitingFor: 'partners' }
const done: RunState = { phase: 'done', because: 'rounds', round: 1, best: 1 }

test('updates that are part of a version go, and versions that can no longer be the result', async () => {
  for (const state of [selecting, done]) {
    await using run = await openRun(state)
    await sweepRun(run, run.id)
    assert.deepEqual(await run.blobs.scopes(), [second])
    assert.deepEqual(await keptVersions(run.database), [second])
    assert.equal(await findManifest(run.database, run.update), null)
  }
})

test('while a round is under way nothing of its run goes', async () => {
  await using run = await openRun({
    ...{ phase: 'training', round: 2, deadline: 1000, stage: 'collecting' },
    seats: [{ member: 'mem_0000000000000000', outcome: 'waiting' }],
  })
  await sweepRun(run, run.id)
  assert.deepEqual((await run.blobs.scopes()).length, 3)
})

test('at the start what no version, task or survey names is removed, and all else stays', async () => {
  await using run = await openRun(selecting)
  const { blobs, first, update } = run
  await blobs.put('ver_0000000000000003', chunk, bytes)
  await using stack = new AsyncDisposableStack()
  const parts = { alone: assert.fail, log: undefined as never, isShared: false }
  await startSweeping(stack, { ...run, ...parts })
  assert.deepEqual(await blobs.scopes(), [first, second, update].sort())
})

test('the updates of a round are forgotten in one statement, however many they are', async () => {
  const statements: string[] = []
  await using run = await openRun(selecting, sql => void statements.push(sql))
  await run.announceAnother()
  statements.length = 0
  await sweepRun(run, run.id)
  assert.deepEqual(await run.blobs.scopes(), [second])
  assert.equal(statements.filter(sql => sql.startsWith('update "task"')).length, 1)
})
