import assert from 'node:assert/strict'
import test from 'node:test'
import { type RunView, taskFailureSchema } from '@consort/protocol'
import { chinese } from '../language/chinese.ts'
import { english } from '../language/english.ts'
import { failureHints } from '../language/failure-hints.ts'
import { runText } from './run-text.ts'
import { createTerminal } from './terminal.ts'

const terminal = createTerminal({ json: false, colour: false })
const seat = { drawn: true, cost: null, progress: 1, outcome: null, failure: null, weight: null, loss: null }
const failed = { ...seat, member: 'mem_b', name: 'north', outcome: 'failed' }
const judged = { member: 'mem_c', name: 'judge', role: 'test', metrics: null }

/** A run of which one member failed to train, another one to evaluate. */
const view = {
  id: 'run_0000000000000000',
  recipe: 'plane',
  phase: 'failed',
  reason: 'too few updates',
  exposures: [],
  history: [
    {
      round: 2,
      members: [
        { ...seat, member: 'mem_a', name: 'south', outcome: 'received' },
        { ...failed, failure: { code: 'data-changed', reference: 'node-1a2b3c4d' } },
      ],
      evaluations: [{ ...judged, failure: { code: 'out-of-memory', reference: 'node-5e6f7a8b' } }],
    },
  ],
} as unknown as RunView

test('a run says which member failed, with its code, what that calls for and where to look', () => {
  const lines = runText(view, { say: english, language: 'en', terminal }).split('\n')
  assert.deepEqual(lines.slice(-2), [
    'Round 2, north: data-changed. Its files changed after they were registered: it runs `consort dataset add` again. Details: node-1a2b3c4d in its log.',
    'Round 2, judge: out-of-memory. The task is too large for its machine: take smaller batches, or a smaller model. Details: node-5e6f7a8b in its log.',
  ])
  const rowOf = (name: string) => lines.find(line => line.includes(` ${name} `))
  assert.match(rowOf('north')!, /data-changed \(node-1a2b3c4d\)/)
  assert.match(rowOf('judge')!, /out-of-memory \(node-5e6f7a8b\)/)
  assert.ok(!lines.some(line => line.startsWith('Round 2, south')))
})

test('the same is said in Chinese', () => {
  const lines = runText(view, { say: chinese, language: 'zh', terminal }).split('\n')
  assert.match(lines.at(-2)!, /^第 2 轮，north：data-changed。.*consort dataset add.*node-1a2b3c4d/)
})

test('a run that ended long ago says that most of its rounds are gone', () => {
  const said = (isCondensed: boolean) =>
    runText({ ...view, isCondensed }, { say: english, language: 'en', terminal })
  assert.match(said(true), /\nThe run ended long ago: /)
  assert.doesNotMatch(said(false), /long ago/)
})

test('every code has a sentence of its own in both languages', () => {
  for (const language of ['en', 'zh'] as const) {
    const said = taskFailureSchema.options.map(code => failureHints[code][language])
    assert.equal(new Set(said).size, said.length)
    assert.ok(said.every(sentence => /[.。]$/.test(sentence)))
  }
})
