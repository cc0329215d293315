import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test from 'node:test'
import { openDataDirectory } from './data-directory.ts'

function temporary(): { path: string; [Symbol.dispose]: () => void } {
  const path = mkdtempSync(join(tmpdir(), 'consort-storage-'))
  return { path, [Symbol.dispose]: () => rmSync(path, { recursive: true }) }
}

test('a directory is locked while its process lives, and free when it was killed', async () => {
  using directory = temporary()
  const program = `
    import { openDataDirectory } from '${new URL('./data-directory.ts', import.meta.url)}'
    openDataDirectory(${JSON.stringify(directory.path)})
    console.log('locked')
    setInterval(() => {}, 1000)
  `
  const child = spawn(process.execPath, ['--conditions=source', '--input-type=module', '-e', program], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  await once(child.stdout, 'data')
  assert.throws(() => openDataDirectory(directory.path), { code: 'directory-locked' })
  child.kill('SIGKILL')
  await once(child, 'exit')
  const own = openDataDirectory(directory.path)
  assert.throws(() => openDataDirectory(directory.path), { code: 'directory-locked' })
  own[Symbol.dispose]()
  openDataDirectory(directory.path)[Symbol.dispose]()
})
