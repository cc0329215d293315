import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import test from 'node:test'
import type { Refusal } from '@consort/protocol'
import { openDataDirectory } from './data-directory.ts'

function temporary(): { path: string; [Symbol.dispose]: () => void } {
  const path = mkdtempSync(join(tmpdir(), 'consort-storage-'))
  return { path, [Symbol.dispose]: () => rmSync(path, { recursive: true }) }
}

/** A process of its own that uses the directory until it is killed. */
async function startUser(path: string) {
  const program = `
    import { openDataDirectory } from '${new URL('./data-directory.ts', import.meta.url)}'
    globalThis.held = await openDataDirectory(${JSON.stringify(path)})
    console.log('locked')
    setInterval(() => {}, 1000)
  `
  const child = spawn(process.execPath, ['--conditions=source', '--input-type=module', '-e', program], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  await once(child.stdout, 'data')
  return {
    child,
    async [Symbol.asyncDispose]() {
      child.kill('SIGKILL')
      if (child.exitCode === null && child.signalCode === null) await once(child, 'exit')
    },
  }
}

/** As on a machine that does not see the locks of others. */
const unlock = (path: string): void => rmSync(join(path, 'lock'))

const locked = { code: 'directory-locked' }

test('a directory is locked while its process lives, and free when it was killed', async () => {
  using directory = temporary()
  const user = await startUser(directory.path)
  await assert.rejects(openDataDirectory(directory.path), locked)
  await user[Symbol.asyncDispose]()
  const own = await openDataDirectory(directory.path)
  await assert.rejects(openDataDirectory(directory.path), locked)
  own[Symbol.dispose]()
  ;(await openDataDirectory(directory.path))[Symbol.dispose]()
})

test('a directory is marked while it is used, and only then', async () => {
  using directory = temporary()
  const own = await openDataDirectory(directory.path)
  assert.ok(existsSync(own.at('in-use.json')))
  own[Symbol.dispose]()
  assert.ok(!existsSync(own.at('in-use.json')))
})

test('where locks do not reach, a process that lives is found by its beat and named', async () => {
  using directory = temporary()
  const own = await openDataDirectory(directory.path, { boot: 'one', beatMs: 20 })
  unlock(directory.path)
  await assert.rejects(openDataDirectory(directory.path, { boot: 'other', watchMs: 10_000 }), {
    code: 'directory-locked',
    message: new RegExp(`Process ${process.pid} on `),
  })
  await assert.rejects(openDataDirectory(directory.path, { boot: 'one', watchMs: 10_000 }), locked)
  own[Symbol.dispose]()
})

test('what a process of another machine that died has left does not keep others out for ever', async () => {
  using directory = temporary()
  const user = await startUser(directory.path)
  await user[Symbol.asyncDispose]()
  assert.ok(existsSync(join(directory.path, 'in-use.json')))
  const own = await openDataDirectory(directory.path, { boot: 'other', watchMs: 50 })
  own[Symbol.dispose]()
})

test('a process that stood still while another took the directory learns it, and lets the mark be', async () => {
  using directory = temporary()
  const { promise: taken, resolve: onTaken } = Promise.withResolvers<Refusal>()
  const stood = await openDataDirectory(directory.path, { boot: 'one', beatMs: 1000, onTaken })
  unlock(directory.path)
  const next = await openDataDirectory(directory.path, { boot: 'other', watchMs: 1 })
  assert.equal((await taken).code, 'directory-locked')
  const mark = readFileSync(next.at('in-use.json'), 'utf8')
  stood[Symbol.dispose]()
  assert.equal(readFileSync(next.at('in-use.json'), 'utf8'), mark)
  next[Symbol.dispose]()
})

test('a copy that was made while its process ran is refused until somebody vouches for it', async () => {
  using directory = temporary()
  const own = await openDataDirectory(join(directory.path, 'live'))
  const copy = join(directory.path, 'copy')
  cpSync(own.path, copy, { recursive: true })
  await assert.rejects(openDataDirectory(copy), {
    code: 'state-conflict',
    message: /copied while process \d+/,
    hint: /remove in-use\.json/,
  })
  rmSync(join(copy, 'in-use.json'))
  ;(await openDataDirectory(copy))[Symbol.dispose]()
  own[Symbol.dispose]()
  const still = join(directory.path, 'still')
  cpSync(own.path, still, { recursive: true })
  ;(await openDataDirectory(still))[Symbol.dispose]()
})

test('a mark that was cut short or is none of ours keeps nobody out', async () => {
  using directory = temporary()
  writeFileSync(join(directory.path, 'in-use.json'), '{"id":')
  ;(await openDataDirectory(directory.path))[Symbol.dispose]()
})

test('a file system that cannot lock is named as the reason', async t => {
  using directory = temporary()
  t.mock.method(DatabaseSync.prototype, 'exec', () => {
    throw Object.assign(new Error('disk I/O error'), { code: 'ERR_SQLITE_ERROR', errcode: 3850 }) // SQLITE_IOERR_LOCK
  })
  await assert.rejects(openDataDirectory(directory.path), {
    code: 'state-conflict',
    message: /cannot lock files/,
    hint: /local disk/,
  })
})
