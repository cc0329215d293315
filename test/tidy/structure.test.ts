import assert from 'node:assert/strict'
import test from 'node:test'
import { deadExports } from './dead-exports.ts'
import { sourceFiles } from './source-files.ts'
import { structureFaults } from './structure.ts'

for (const [rule, faults] of Object.entries(structureFaults(sourceFiles())))
  test(`structure: ${rule}`, () => assertNone(faults))

test('structure: every exported value is used', () => assertNone(deadExports('anyone')))

test('structure: what only tests call stands with them', () => assertNone(deadExports('product')))

function assertNone(faults: readonly string[]): void {
  assert.equal(faults.length, 0, `\n  ${faults.join('\n  ')}`)
}
