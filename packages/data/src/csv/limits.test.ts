import assert from 'node:assert/strict'
import { appendFileSync, mkdtempSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { defaultLimits, type ReadLimits } from '../files/read-limits.ts'
import type { ReadOptions } from '../read-options.ts'
import { readCsv } from './read-csv.ts'

const folder = mkdtempSync(join(tmpdir(), 'consort-limits-'))
after(() => rmSync(folder, { recursive: true }))

let files = 0

function fileOf(content: string): string {
  const path = join(folder, `${files++}.csv`)
  writeFileSync(path, content)
  return path
}

function read(path: string, options: ReadOptions = {}) {
  return readCsv({ path, label: 'y', missing: [] }, options)
}

function within(limits: Partial<ReadLimits>): ReadOptions {
  return { limits: { ...defaultLimits, ...limits } }
}

test('20,000 columns are refused with the limit and what to do', async () => {
  const names = Array.from({ length: 20_000 }, (_, column) => `f${column}`).join(',')
  await assert.rejects(read(fileOf(`${names},y\n${'1,'.repeat(20_000)}x\n`)), {
    code: 'data-unreadable',
    message: /, header: more than 10000 columns$/,
    hint: /leave out those that no recipe uses/,
  })
})

test('as many columns and bytes of a cell as may be are read, one more is not', async () => {
  const limits = within({ columnsMax: 3, cellBytesMax: 5 })
  const read3 = await read(fileOf('a,b,y\n12345,1,x\n'), limits)
  assert.deepEqual([read3.columns, read3.count], [['a', 'b'], 1])
  await assert.rejects(read(fileOf('a,b,c,y\n1,1,1,x\n'), limits), { message: /more than 3 columns/ })
  await assert.rejects(read(fileOf('a,b,y\n123456,1,x\n'), limits), { message: /row 1 .*a cell of more/ })
})

test('a cell of 10 MB is refused by its row, quoted or not', async () => {
  const long = 'a'.repeat(10 * 2 ** 20)
  for (const cell of [long, `"${long}"`, `"${long}`]) {
    await assert.rejects(read(fileOf(`a,y\n1,x\n${cell},x\n`)), {
      code: 'data-unreadable',
      message: /row 2 \(after line 2\): a cell of more than 1 MiB$/,
      hint: /Is a double quote not closed\?/,
    })
  }
})

test('a record that is too long is refused, though its cells are not', async () => {
  const content = `${'1,'.repeat(2000)}x\n`
  const names = Array.from({ length: 2000 }, (_, column) => `f${column},`).join('')
  const path = fileOf(`${names}y\n${content.repeat(100)}`)
  await assert.rejects(read(path, within({ recordBytesMax: 2000 })), {
    code: 'data-unreadable',
    message: /a record of more than 1 MiB/,
  })
})

test('a table that would take more memory than it may is refused before it does', async () => {
  const path = fileOf(`a,b,y\n${'1.25,2,x\n'.repeat(1_000_000)}`)
  const shares: number[] = []
  const limits = within({ memoryBytesMax: 12 * 2 ** 20 })
  await assert.rejects(read(path, { ...limits, onProgress: share => shares.push(share) }), {
    code: 'data-unreadable',
    message: /its columns take some 2\d MiB of memory, and this process reads up to 12 MiB/,
    hint: /Raise CONSORT_READ_MEMORY \(in MiB\)/,
  })
  assert.ok(shares.at(-1)! < 0.7, `${shares.at(-1)} of it was read`)
  const table = await read(path, within({ memoryBytesMax: 40 * 2 ** 20 }))
  assert.equal(table.count, 1_000_000)
})

test('texts that are all different count by what they take', async () => {
  const rows = Array.from({ length: 50_000 }, (_, row) => `patient-${row},x`).join('\n')
  await assert.rejects(read(fileOf(`name,y\n${rows}`), within({ memoryBytesMax: 2 ** 20 })), {
    code: 'data-unreadable',
    message: /of memory/,
  })
})

const changes: Record<string, (path: string) => void> = {
  grows: path => appendFileSync(path, '3,x\n'),
  'is written anew at the same length': path => writeFileSync(path, `a,y\n${'2,x\n'.repeat(300_000)}`),
  'is cut': path => writeFileSync(path, 'a,y\n2,x\n'),
  'is replaced by another one': path => {
    writeFileSync(`${path}.new`, `a,y\n${'1,x\n'.repeat(300_000)}`)
    renameSync(`${path}.new`, path)
  },
}

for (const [what, change] of Object.entries(changes)) {
  test(`a file that ${what} while it is read is refused`, async () => {
    const path = fileOf(`a,y\n${'1,x\n'.repeat(300_000)}`)
    let isChanged = false
    const onProgress = (): void => {
      if (!isChanged) change(path)
      isChanged = true
    }
    await assert.rejects(read(path, { onProgress }), {
      code: 'data-changed',
      message: /changed while it was read/,
      hint: /rename it when it is complete/,
    })
  })
}

test('a link that points to another file while it is read is refused', async () => {
  const content = `a,y\n${'1,x\n'.repeat(300_000)}`
  const path = join(folder, 'link.csv')
  symlinkSync(fileOf(content), path)
  let isChanged = false
  const onProgress = (): void => {
    if (isChanged) return
    isChanged = true
    symlinkSync(fileOf(content), `${path}.new`)
    renameSync(`${path}.new`, path)
  }
  await assert.rejects(read(path, { onProgress }), { code: 'data-changed' })
})
