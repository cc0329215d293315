import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test from 'node:test'

/**
 * What a program that opens a model leaves in an empty home: the runtime keeps there what it has yet to tell its maker.
 */
function leftAtHome(way: string): string[] {
  const home = mkdtempSync(join(tmpdir(), 'consort-home-'))
  try {
    const { status, stderr } = spawnSync(
      process.execPath,
      ['--conditions=source', join(import.meta.dirname, 'open-models.ts'), way],
      { encoding: 'utf8', env: { PATH: process.env.PATH, HOME: home } },
    )
    assert.equal(status, 0, stderr)
    return readdirSync(home, { recursive: true, encoding: 'utf8' })
  } finally {
    rmSync(home, { recursive: true })
  }
}

for (const way of ['trained', 'scored', 'served']) {
  test(`nobody is told of a model that is ${way}`, () => {
    assert.deepEqual(leftAtHome(way), [])
  })
}

test('a thread that was not prepared opens nothing', () => {
  assert.deepEqual(leftAtHome('unprepared'), [])
})

test('the runtime as it comes would tell of it', t => {
  const left = leftAtHome('comes')
  if (left.length === 0) return t.diagnostic('on this machine the runtime tells nobody by itself')
  assert.ok(
    left.some(path => path.endsWith('onnxruntime.db')),
    left.join(),
  )
})
