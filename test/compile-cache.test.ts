import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import {
  chmodSync,
  chownSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  symlinkSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test from 'node:test'
import { fileURLToPath } from 'node:url'
import { privateCacheFolder, withCompileCache } from '@consort/cli/compile-cache'

/** A cache home of its own for each test, under a folder that only this user may enter. */
function openHome() {
  const root = mkdtempSync(join(tmpdir(), 'consort-cache-'))
  const environment = { XDG_CACHE_HOME: join(root, 'cache') }
  return {
    root,
    environment,
    own: join(root, 'cache', 'consort'),
    folder: join(root, 'cache', 'consort', 'compile-cache'),
    [Symbol.dispose]: () => rmSync(root, { recursive: true }),
  }
}

/** With any umask: `mkdir` alone would take bits away. */
function plant(path: string, mode: number): void {
  mkdirSync(path, { recursive: true })
  chmodSync(path, mode)
}

test('the cache is a folder that its user alone may enter', () => {
  using home = openHome()
  assert.equal(privateCacheFolder(home.environment), home.folder)
  assert.equal(lstatSync(home.folder).mode & 0o7777, 0o700)
  assert.equal(privateCacheFolder(home.environment), home.folder, 'and is found again')
  assert.equal(withCompileCache(home.environment).NODE_COMPILE_CACHE, home.folder)
})

const plants: Record<string, (home: ReturnType<typeof openHome>) => void> = {
  'others may write to': home => {
    plant(home.own, 0o700)
    plant(home.folder, 0o777)
  },
  'its group may read': home => {
    plant(home.own, 0o700)
    plant(home.folder, 0o750)
  },
  'is a link': home => {
    plant(home.own, 0o700)
    plant(join(home.root, 'elsewhere'), 0o700)
    symlinkSync(join(home.root, 'elsewhere'), home.folder)
  },
  'lies in a link': home => {
    plant(join(home.root, 'cache'), 0o700)
    plant(join(home.root, 'elsewhere'), 0o700)
    symlinkSync(join(home.root, 'elsewhere'), home.own)
  },
  'lies in a folder that others may enter': home => plant(home.own, 0o755),
  'lies in a cache home that others may write to': home => plant(join(home.root, 'cache'), 0o777),
  'lies anywhere below a folder that others may write to': home => plant(home.root, 0o777),
  // Only root can give a folder away.
  ...(process.getuid!() === 0 && {
    'lies in a cache home of another user': home => {
      plant(join(home.root, 'cache'), 0o755)
      chownSync(join(home.root, 'cache'), 4711, 4711)
    },
  }),
}
for (const [what, make] of Object.entries(plants))
  test(`a planted folder that ${what} is not used`, () => {
    using home = openHome()
    make(home)
    assert.equal(privateCacheFolder(home.environment), undefined)
    assert.equal(withCompileCache(home.environment), home.environment, 'no cache at all')
  })

test('a folder of another user is not used, nor any where users cannot be told apart', () => {
  using home = openHome()
  privateCacheFolder(home.environment)
  assert.equal(privateCacheFolder(home.environment, process.getuid!() + 1), undefined)
  assert.equal(privateCacheFolder({ XDG_CACHE_HOME: '/dev/null/no-folder' }), undefined)
})

test('a cache that the user names stays, and an empty name is none', () => {
  const named = { NODE_COMPILE_CACHE: '/var/cache/mine' }
  assert.equal(withCompileCache(named), named)
  assert.equal(withCompileCache({ NODE_COMPILE_CACHE: '' }).NODE_COMPILE_CACHE, '')
})

test('the launcher leaves the folder of all users alone', () => {
  using home = openHome()
  const shared = join(home.root, 'shared')
  plant(shared, 0o777)
  const program = fileURLToPath(new URL('../packages/cli/bin/consort.js', import.meta.url))
  const start = () => {
    const { NODE_COMPILE_CACHE: _, ...environment } = process.env
    const env = { ...environment, ...home.environment, TMPDIR: shared }
    return spawnSync(process.execPath, [program, 'recipe', 'list'], { env, encoding: 'utf8' })
  }
  assert.equal(start().status, 0)
  assert.ok(readdirSync(home.folder).length > 0, 'compiled code is kept in the private one')
  assert.deepEqual(readdirSync(shared), [])

  rmSync(home.folder, { recursive: true })
  plant(home.folder, 0o777)
  assert.equal(start().status, 0)
  assert.deepEqual([readdirSync(home.folder), readdirSync(shared)], [[], []], 'a planted one stays empty')
})
