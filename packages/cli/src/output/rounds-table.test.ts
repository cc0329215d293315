import assert from 'node:assert/strict'
import test from 'node:test'
import type { RoundView } from '@consort/protocol'
import { chinese } from '../language/chinese.ts'
import { english } from '../language/english.ts'
import { roundsTable } from './rounds-table.ts'
import { createTerminal } from './terminal.ts'

const member = 'mem_0000000000000001'

const round: RoundView = {
  round: 1,
  alpha: 1,
  members: [
    {
      member,
      name: 'north',
      drawn: true,
      cost: { latency: 0, dropouts: 0, size: 0, theta: 0.25, probability: 0.5 },
      outcome: 'received',
      failure: null,
      progress: 1,
      loss: 0.75,
      weight: 0.625,
    },
  ],
  evaluations: [
    {
      member,
      name: 'north',
      role: 'train',
      metrics: { examples: 9, values: { accuracy: 0.875, loss: 0.5 } },
      failure: null,
    },
    {
      member,
      name: 'judge',
      role: 'test',
      metrics: null,
      failure: { code: 'data-mismatch', reference: 'node-1' },
    },
  ],
  version: null,
  seconds: 1,
}

/** The cells of each line; two blanks or more stand between them. */
function cellsOf(table: string): string[][] {
  return table.split('\n').map(line => line.trim().split(/ {2,}/))
}

test('every column has a heading, and validation is not called training', () => {
  const table = roundsTable({ terminal: createTerminal({ json: false, colour: false }), say: english }, [
    round,
  ])
  const [header, trained, validated, judged] = cellsOf(table)
  assert.deepEqual(header, [
    'round',
    'name',
    'records',
    'θ, P ∝ exp(−αθ)',
    'outcome',
    'weight',
    'loss',
    'accuracy',
  ])
  assert.deepEqual(trained, ['1', 'north', 'training', 'θ 0.25', 'P 50.0 %', 'received', '62.5 %', '0.7500'])
  assert.deepEqual(validated, ['1', 'north', 'validation', '0.5000', '87.5 %'])
  assert.deepEqual(judged, ['1', 'judge', 'common test set', 'data-mismatch (node-1)'])
  const lines = table.split('\n')
  assert.equal(
    lines[2]!.indexOf('87.5 %'),
    lines[0]!.indexOf('accuracy'),
    'an accuracy stands under its word',
  )
})

test('the table speaks Chinese', () => {
  const table = roundsTable({ terminal: createTerminal({ json: false, colour: false }), say: chinese }, [
    round,
  ])
  assert.match(table, /准确率/)
  assert.match(table, /north +验证/)
  assert.match(table, /judge +公共测试集/)
})
