import assert from 'node:assert/strict'
import test from 'node:test'
import { type FileSystem, localFiles } from '@consort/storage'
import { openNetwork } from '../network.ts'
import { tableRecipe } from '../table-data.ts'

/** A disk that is full whenever `isFull` says so. */
function filling(isFull: () => boolean): FileSystem {
  const check = (): void => {
    if (isFull()) throw Object.assign(new Error('ENOSPC: no space left on device, write'), { code: 'ENOSPC' })
  }
  return {
    ...localFiles,
    async create(path) {
      const file = await localFiles.create(path)
      return {
        ...file,
        write: async bytes => {
          check()
          await file.write(bytes)
        },
      }
    },
  }
}

test('a hub whose disk is full loses nothing, says so, and goes on when there is room', async () => {
  let full = false
  await using network = await openNetwork({ hubParts: { files: filling(() => full) } })
  await network.joinWithTables({ a: 60, b: 90 })
  const run = await network.startRun({ ...tableRecipe, federation: { rounds: 4, roundWithinSeconds: 60 } })
  await network.awaitRun(run, view => view.round >= 2)
  full = true
  await network.watchRun(run, view => view.reason === 'waits for room on the disk of the hub')
  full = false
  const view = await network.awaitRun(run)
  assert.equal(view.phase, 'done', view.reason)
  assert.ok(view.history.every(round => round.members.every(member => member.outcome === 'received')))
})

test('a node whose disk is full says so in the run, with its code', async () => {
  let full = false
  await using network = await openNetwork({ nodeParts: { files: filling(() => full) } })
  await network.joinWithTables({ a: 60, b: 90 })
  full = true
  const view = await network.awaitRun(await network.startRun(tableRecipe))
  assert.equal(view.phase, 'failed')
  assert.match(view.reason, /[ab]: disk-full, see node-/)
})
