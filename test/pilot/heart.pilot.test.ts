import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test from 'node:test'
import { fileURLToPath } from 'node:url'
import { plantedFaults } from './planted-faults.ts'

const folder = fileURLToPath(new URL('../../../shared/data/heart-4-hospitals', import.meta.url))
const pilot = fileURLToPath(new URL('../../examples/pilot/main.ts', import.meta.url))
const noFiles = !existsSync(folder) && 'the four files of UCI data set 45 are not here'
const noPackages =
  spawnSync('apt-cache', ['show', 'python3-sklearn']).status !== 0 && 'no package python3-sklearn to be had'

const runs = [
  { data: 'four real hospitals', options: ['--data', folder], skip: noFiles },
  { data: 'the stand-in', options: ['--stand-in'], skip: noPackages },
]
for (const { data, options, skip } of runs) {
  test(`all ten steps hold on ${data}, and every planted fault is caught`, { skip }, t => {
    const results = mkdtempSync(join(tmpdir(), 'consort-pilot-test-'))
    try {
      const json = join(results, 'steps.json')
      const line = ['--conditions=source', pilot, ...options, '--json', json]
      const { status, stdout, stderr } = spawnSync(process.execPath, line, { encoding: 'utf8' })
      assert.equal(status, 0, `${stdout}\n${stderr}`)
      const { steps, seconds, faults } = JSON.parse(readFileSync(json, 'utf8'))
      assert.equal(steps.length, 10)
      assert.ok(plantedFaults.length >= 20)
      assert.deepEqual([...faults].sort(), [...plantedFaults].sort())
      t.diagnostic(`${seconds} s`)
    } finally {
      rmSync(results, { recursive: true, force: true })
    }
  })
}

test('without the files it says where they come from', () => {
  const { status, stderr } = spawnSync(process.execPath, ['--conditions=source', pilot], { encoding: 'utf8' })
  assert.equal(status, 2)
  assert.match(stderr, /UCI data set 45/)
  assert.match(stderr, /--stand-in/)
})
