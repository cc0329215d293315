import test from 'node:test'
import { assertAllowed } from './allowed.ts'
import { deadExports } from './dead-exports.ts'
import { sourceFiles } from './source-files.ts'
import { structureFaults } from './structure.ts'

for (const [rule, faults] of Object.entries(structureFaults(sourceFiles())))
  test(`structure: ${rule}`, () => assertAllowed(rule, faults))

test('structure: every exported value is used', () => assertAllowed('dead exports', deadExports('anyone')))

test('structure: what only tests call stands with them', () =>
  assertAllowed('exports for tests alone', deadExports('product')))
