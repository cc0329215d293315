import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test from 'node:test'
import { type Digest, digestOfBytes } from '@consort/protocol'
import { watchSyncs } from '../files/failed-sync.ts'
import type { FileSystem } from '../files/file-system.ts'
import { localFiles } from '../files/local-files.ts'
import { blobContract } from '../testing/blob-contract.ts'
import { killedAt } from '../testing/killed-files.ts'
import { createLossyFiles } from '../testing/lossy-files.ts'
import type { ExpectedBlob } from './blob-store.ts'
import { openLocalBlobs } from './local-blobs.ts'

const bytes = (text: string): Uint8Array => Buffer.from(text)
const expected = (text: string): ExpectedBlob => ({
  digest: digestOfBytes(bytes(text)),
  bytes: bytes(text).length,
})
blobContract('local disk', () => {
  const root = mkdtempSync(join(tmpdir(), 'consort-blobs-'))
  return { blobs: openLocalBlobs(localFiles, root), close: () => rmSync(root, { recursive: true }) }
})
blobContract('simulated disk', () => ({ blobs: openLocalBlobs(createLossyFiles(), '/data/blobs') }))

/** Repeatable chance. */
function coin(seed: number): () => boolean {
  let state = seed * 2654435761 + 1
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    return state > 2 ** 31
  }
}

async function lostAfterPowerFailure(wrap: (files: FileSystem) => FileSystem): Promise<number> {
  let lost = 0
  for (let seed = 1; seed <= 200; seed++) {
    const files = createLossyFiles()
    const survives = coin(seed)
    const texts = ['one', 'two', 'three', 'four']
    const blobs = openLocalBlobs(wrap(files), '/data/blobs')
    for (const text of texts) await blobs.put(text.length > 3 ? 'long' : 'short', expected(text), bytes(text))
    files.losePower(survives)
    for (const text of texts) {
      const scope = text.length > 3 ? 'long' : 'short'
      const digest: Digest = expected(text).digest
      const found = await blobs.get(scope, digest).catch(() => undefined)
      if (found === undefined || digestOfBytes(found) !== digest) lost += 1
    }
  }
  return lost
}

test('what was put survives a loss of power, 200 times', async () => {
  assert.equal(await lostAfterPowerFailure(files => files), 0)
})

test('the simulation notices every sync that is left out', async () => {
  const withoutFileSync = (files: FileSystem): FileSystem => ({
    ...files,
    create: async path => ({ ...(await files.create(path)), sync: async () => {} }),
  })
  const withoutDirectorySync = (files: FileSystem): FileSystem => ({
    ...files,
    syncDirectory: async () => {},
  })
  assert.ok((await lostAfterPowerFailure(withoutFileSync)) > 100)
  assert.ok((await lostAfterPowerFailure(withoutDirectorySync)) > 100)
})

test('of a put that is refused no file stays, not even half of one', async () => {
  const files = createLossyFiles()
  const blobs = openLocalBlobs(files, '/data/blobs')
  await assert.rejects(blobs.put('a', expected('chunk'), bytes('other')))
  assert.deepEqual(await files.list('/data/blobs/a'), [])
})

test('what is put again after a put that was cut anywhere survives a loss of power', async () => {
  let cuts = 0
  for (let step = 1; ; step++) {
    const files = createLossyFiles()
    await files.makeDirectory('/data')
    await files.syncDirectory('/')
    const first = killedAt(files, step)
    const cut = openLocalBlobs(first.files, '/data/blobs').put('a', expected('chunk'), bytes('chunk'))
    await cut.catch(error => assert.match(String(error), /killed/))
    if (!first.wasKilled()) break
    cuts += 1
    await openLocalBlobs(files, '/data/blobs').put('a', expected('chunk'), bytes('chunk'))
    files.losePower(() => false)
    const isThere = await openLocalBlobs(files, '/data/blobs').has('a', expected('chunk').digest)
    assert.ok(isThere, `cut at operation ${step}`)
  }
  assert.ok(cuts >= 8, `${cuts} cuts`)
})

test('a put beside one that has not synced its directory yet is not acknowledged before that', async () => {
  const files = createLossyFiles()
  let waits = false
  const slow: FileSystem = {
    ...files,
    syncDirectory: async path => {
      if (waits) {
        waits = false
        await new Promise(() => {}) // the first never comes back
      }
      await files.syncDirectory(path)
    },
  }
  const blobs = openLocalBlobs(slow, '/data/blobs')
  await blobs.put('a', expected('other'), bytes('other'))
  waits = true
  void blobs.put('a', expected('chunk'), bytes('chunk'))
  while (waits) await new Promise(resolve => setImmediate(resolve))
  await blobs.put('a', expected('chunk'), bytes('chunk'))
  files.losePower(() => false)
  assert.equal(await blobs.has('a', expected('chunk').digest), true)
})

test('the first blob of a scope syncs each directory once, and reading one looks for nothing else', async () => {
  const files = createLossyFiles()
  const calls: string[] = []
  const watched: FileSystem = {
    ...files,
    syncDirectory: async path => {
      calls.push(`sync ${path}`)
      await files.syncDirectory(path)
    },
    size: async path => {
      calls.push('size')
      return await files.size(path)
    },
  }
  const blobs = openLocalBlobs(watched, '/data/blobs')
  await blobs.put('a', expected('one'), bytes('one'))
  assert.deepEqual(calls.splice(0), [
    'sync /data',
    'sync /',
    'sync /data/blobs',
    'size',
    'sync /data/blobs/a',
  ])
  await blobs.put('b', expected('one'), bytes('one'))
  assert.deepEqual(calls.splice(0), ['sync /data/blobs', 'size', 'sync /data/blobs/b'])
  await blobs.get('b', expected('one').digest)
  assert.deepEqual(calls, [])
  await assert.rejects(blobs.get('c', expected('one').digest), { code: 'not-found' })
})

test('an unfinished file is neither a scope nor a blob', async () => {
  const root = mkdtempSync(join(tmpdir(), 'consort-blobs-'))
  writeFileSync(join(root, 'x.part'), '')
  const blobs = openLocalBlobs(localFiles, root)
  assert.deepEqual(await blobs.scopes(), [])
  await blobs.put('a', expected('x'), bytes('x'))
  writeFileSync(join(root, 'a', `${'0'.repeat(64)}.1.part`), '')
  assert.deepEqual(await blobs.list('a'), [expected('x').digest])
  rmSync(root, { recursive: true })
})

test('a blob that is put again while its scope is removed is refused, and no sync is said to have failed', async () => {
  const root = mkdtempSync(join(tmpdir(), 'consort-blobs-'))
  const files = watchSyncs(localFiles, root, error => assert.fail(String(error)))
  const blobs = openLocalBlobs(files, root)
  await blobs.put('a', expected('hello'), bytes('hello'))
  const slowly = async function* () {
    yield bytes('hel')
    await blobs.removeScope('a')
    yield bytes('lo')
  }
  await assert.rejects(blobs.put('a', expected('hello'), slowly()), { code: 'not-found' })
  rmSync(root, { recursive: true })
})
