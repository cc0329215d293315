import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { readCsv } from '../csv/read-csv.ts'
import { readIdxFile } from '../idx/idx-file.ts'
import { readMappingFile } from '../mapping/read-mapping.ts'
import { digestFile, stampFile } from './file-stamp.ts'

const folder = mkdtempSync(join(tmpdir(), 'consort-open-'))
after(() => rmSync(folder, { recursive: true }))

const pipe = join(folder, 'pipe')
const link = join(folder, 'link.csv')
execFileSync('mkfifo', [pipe])
symlinkSync(pipe, link)

const readers: Record<string, (path: string) => Promise<unknown>> = {
  records: path => readCsv({ path, label: 'y', missing: [] }),
  'a mapping': readMappingFile,
  digits: path => readIdxFile(path, { holds: 'labels', signal: undefined }),
  'a stamp': stampFile,
  'a digest': digestFile,
}

for (const [what, read] of Object.entries(readers))
  test(`a pipe, a link to one and a device are refused as ${what}, without waiting`, {
    timeout: 20_000,
  }, async () => {
    for (const path of [pipe, link, '/dev/null', '/dev/zero'])
      await assert.rejects(read(path), {
        code: 'data-unreadable',
        message: `${path} is no ordinary file`,
        hint: /read from files on a disk/,
      })
  })

test('of a mapping no more is read than it may have', async () => {
  const path = join(folder, 'large.yaml')
  writeFileSync(path, Buffer.alloc(1024 * 1024, '#'))
  await assert.rejects(readMappingFile(path), { code: 'mapping-invalid', message: /is not a mapping/ })
  writeFileSync(path, Buffer.alloc(1024 * 1024 + 1, '#'))
  await assert.rejects(readMappingFile(path), { code: 'mapping-invalid', message: /larger than 1 MiB/ })
})
