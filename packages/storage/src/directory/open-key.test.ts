import assert from 'node:assert/strict'
import test from 'node:test'
import { killedAt } from '../testing/killed-files.ts'
import { createLossyFiles } from '../testing/lossy-files.ts'
import { openKey } from './open-key.ts'

test('a key that was used survives a loss of power, wherever the process that made it was cut', async () => {
  let cuts = 0
  for (let step = 1; ; step++) {
    const files = createLossyFiles()
    await files.makeDirectory('/data')
    await files.syncDirectory('/')
    const first = killedAt(files, step)
    await openKey(first.files, '/data/hub.key').catch(error => assert.match(String(error), /killed/))
    if (!first.wasKilled()) break
    cuts += 1
    const used = await openKey(files, '/data/hub.key')
    files.losePower(() => false)
    const found = await openKey(files, '/data/hub.key')
    assert.equal(found.publicKey, used.publicKey, `cut at operation ${step}`)
  }
  assert.ok(cuts >= 5, `${cuts} cuts`)
})
