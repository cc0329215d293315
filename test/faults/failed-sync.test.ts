import assert from 'node:assert/strict'
import test from 'node:test'
import { type FileSystem, localFiles } from '@consort/storage'
import { openNetwork } from '../network.ts'
import { tableRecipe } from '../table-data.ts'

/** A disk that does not sync its directories whenever `isBroken` says so. */
function breaking(isBroken: () => boolean): FileSystem {
  return {
    ...localFiles,
    async syncDirectory(path) {
      if (isBroken()) throw Object.assign(new Error('EIO: i/o error, fsync'), { code: 'EIO' })
      await localFiles.syncDirectory(path)
    },
  }
}

test('a hub and a node whose disk does not sync end', async () => {
  const broken = { hub: false, node: false }
  const ended: string[] = []
  await using network = await openNetwork({
    hubParts: { files: breaking(() => broken.hub), onFailedSync: () => void ended.push('hub') },
    nodeParts: { files: breaking(() => broken.node), onFailedSync: () => void ended.push('node') },
  })
  await network.joinWithTables({ a: 60, b: 90 })
  assert.equal(ended.join(), '')
  broken.hub = true
  await assert.rejects(network.startRun(tableRecipe), { code: 'internal' })
  assert.equal(ended.join(), 'hub')
  broken.hub = false
  broken.node = true
  assert.equal((await network.awaitRun(await network.startRun(tableRecipe))).phase, 'failed')
  assert.match(ended.join(), /node/)
})
