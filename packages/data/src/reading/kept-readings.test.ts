import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { digestOfJson } from '@consort/protocol'
import { digestFile, stampFile } from '../files/file-stamp.ts'
import type { TableReading } from '../formats/table-reading.ts'
import { createKeptReadings } from './kept-readings.ts'

const folder = mkdtempSync(join(tmpdir(), 'consort-kept-'))
after(() => rmSync(folder, { recursive: true }))

/** A small file, whose reading takes a thousand bytes, and how often it was read. */
function fileOf(name: string) {
  const path = join(folder, name)
  writeFileSync(path, name)
  let reads = 0
  const read = async (): Promise<TableReading> => {
    reads++
    const label = { kind: 'texts', codes: new Int32Array(0), values: [] } as const
    return {
      data: { kind: 'table', count: 0, columns: [], cells: [], label },
      records: new Uint8Array(1000),
      digest: digestOfJson(name),
      files: [{ path, stamp: await stampFile(path), digest: await digestFile(path) }],
    }
  }
  return { name, path, read, reads: () => reads }
}

function openKept(bytesMax: number, nowMs: () => number = Date.now) {
  const kept = createKeptReadings({ bytesMax, textBytesMax: bytesMax, nowMs })
  const find = ({ name, path, read }: Pick<ReturnType<typeof fileOf>, 'name' | 'path' | 'read'>) =>
    kept.find(name, path, read)
  return { find, [Symbol.dispose]: () => kept.clear() }
}

test('the one that was not asked for longest makes room', async () => {
  using kept = openKept(2500)
  const [one, two, three] = [fileOf('one'), fileOf('two'), fileOf('three')]
  for (const file of [one, two, one, three, one, three]) await kept.find(file)
  assert.deepEqual([one.reads(), two.reads(), three.reads()], [1, 1, 1])
  await kept.find(two)
  assert.equal(two.reads(), 2)
})

test('what is being read makes no room, and is read once', async () => {
  using kept = openKept(1500)
  const [slow, other] = [fileOf('slow'), fileOf('other')]
  const going = Promise.withResolvers<void>()
  const read = async (): Promise<TableReading> => {
    await going.promise
    return await slow.read()
  }
  const first = kept.find({ ...slow, read })
  writeFileSync(other.path, 'x'.repeat(2000)) // by its size it leaves room for nothing else
  await kept.find(other)
  const second = kept.find({ ...slow, read })
  going.resolve()
  assert.equal(await first, await second)
  assert.equal(slow.reads(), 1)
})

for (const [what, sinceMs, reads] of [
  ['so soon before it was read that a change may bear the same time', 1999, 2],
  ['well before it was read', 2001, 1],
] as const)
  test(`a file whose stamp stays and that changed ${what} is read ${reads} times`, async () => {
    const file = fileOf(`${sinceMs}.csv`)
    const stamp = await stampFile(file.path)
    using kept = openKept(2500, () => stamp.changedMs + sinceMs)
    // What was read is no longer there, and only its bytes say so.
    const earlier = { path: file.path, stamp, digest: digestOfJson('what was there before') }
    const read = async (): Promise<TableReading> => ({ ...(await file.read()), files: [earlier] })
    await kept.find({ ...file, read })
    await kept.find(file)
    assert.equal(file.reads(), reads)
  })
