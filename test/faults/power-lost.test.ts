import assert from 'node:assert/strict'
import test from 'node:test'
import { digestOfManifest, hubEndpoints } from '@consort/protocol'
import { createLossyFiles } from '@consort/storage/testing'
import { openNetwork } from '../network.ts'
import { tableRecipe } from '../table-data.ts'

test('a hub that loses power, and with it everything that was not synced, goes on to the same bits', async () => {
  const files = createLossyFiles()
  await using network = await openNetwork({ hubParts: { files } })
  await network.joinWithTables({ a: 60, b: 90 })
  const recipe = { ...tableRecipe, federation: { rounds: 5 } }
  const digestOf = async (run: string): Promise<string> => {
    const view = await network.awaitRun(run)
    assert.equal(view.phase, 'done', view.reason)
    return digestOfManifest(
      (await network.operator(hubEndpoints.getModel, { params: { version: view.result! } })).weights,
    )
  }
  const expected = await digestOf(await network.startRun(recipe))
  const run = await network.startRun(recipe)
  for (const round of [2, 4]) {
    await network.awaitRun(run, view => view.round >= round)
    await network.restartHub(() => files.losePower(() => false))
  }
  assert.equal(await digestOf(run), expected)
})
