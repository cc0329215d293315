import assert from 'node:assert/strict'
import test from 'node:test'
import { rowParts } from './row-parts.ts'
import type { TableInput } from './table-input.ts'

const number = { kind: 'number', center: 5, scale: 2 } as const
const category = { kind: 'category' as const, values: ['a', 'b'], unknown: 'refuse' as const }

test('nothing recorded is the center, or the indicator for missing where there is one', () => {
  const input: TableInput = {
    kind: 'table',
    features: [
      { ...number, name: 'centered', missing: 'center' },
      { ...number, name: 'flagged', missing: 'indicator' },
      { ...number, name: 'needed', missing: 'refuse' },
      { ...category, name: 'plain', missing: 'none' },
      { ...category, name: 'shown', missing: 'indicator' },
      { ...category, name: 'wanted', missing: 'refuse' },
    ],
  }
  const { baseline, features } = rowParts(input.features)
  assert.deepEqual([...baseline], [0, 0, 1, 0, 0, 0, 0, 0, 1, 0, 0])
  assert.deepEqual(
    features.map(({ name, offset, width }) => [name, offset, width]),
    [
      ['centered', 0, 1],
      ['flagged', 1, 2],
      ['needed', 3, 1],
      ['plain', 4, 2],
      ['shown', 6, 3],
      ['wanted', 9, 2],
    ],
  )
})
