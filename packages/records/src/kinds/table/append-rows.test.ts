import assert from 'node:assert/strict'
import test from 'node:test'
import { labelAt } from '../../datasets.ts'
import { createTableBuilder } from '../../testing/table-builder.ts'
import { appendRows } from './append-rows.ts'
import { cellAt } from './table-dataset.ts'

test('rows come after those that were there, which stay as they are', () => {
  const builder = createTableBuilder(['age', 'sex'])
  builder.add(['54', null], 'well')
  const table = builder.build()
  const grown = appendRows(table, [
    { cells: { sex: 'female', age: 61, other: 'x' }, label: 'ill' },
    { cells: { age: ' ' }, label: 'well' },
  ])
  const rows = [0, 1, 2].map(row => [0, 1].map(column => cellAt(grown, row, column)))
  assert.deepEqual(rows, [
    ['54', null],
    ['61', 'female'],
    [null, null],
  ])
  assert.deepEqual(
    [0, 1, 2].map(index => labelAt(grown, index)),
    ['well', 'ill', 'well'],
  )
  assert.deepEqual(grown.columns, ['age', 'sex'])
  assert.equal(appendRows(table, []), table)
})
