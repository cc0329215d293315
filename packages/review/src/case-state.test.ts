import assert from 'node:assert/strict'
import test from 'node:test'
import { isRefusal } from '@consort/protocol'
import {
  type CaseState,
  cancelCase,
  operatorReviewer,
  type ReviewAnswer,
  type Reviewer,
  stepCase,
} from './case-state.ts'

const ann: Reviewer = { id: 'key_ann', name: 'ann' }
const ben: Reviewer = { id: 'key_ben', name: 'ben' }

function answer(stage: 'first' | 'final', label: string, by = ann): ReviewAnswer {
  return { stage, class: label, by, at: '2026-01-01T00:00:00.000Z' }
}

function refused(state: CaseState, given: ReviewAnswer): void {
  assert.throws(
    () => stepCase(state, given),
    (error: unknown) => isRefusal(error, 'state-conflict') && Boolean(error.hint),
  )
}

const waiting: CaseState = { kind: 'waiting' }
const begun = stepCase(waiting, answer('first', 'ill'))
const closed = stepCase(begun, answer('final', 'well'))

test('a case goes from waiting to begun to closed, and keeps both judgements', () => {
  assert.equal(begun.kind, 'begun')
  assert.ok(closed.kind === 'closed')
  assert.deepEqual([closed.first.class, closed.first.by], ['ill', ann])
  assert.deepEqual([closed.final.class, closed.final.by], ['well', ann])
})

test('saying the same again changes nothing, at any stage', () => {
  assert.equal(stepCase(begun, answer('first', 'ill')), begun)
  assert.equal(stepCase(closed, answer('first', 'ill')), closed)
  assert.equal(stepCase(closed, answer('final', 'well')), closed)
})

test('what was said cannot be changed', () => {
  refused(begun, answer('first', 'well'))
  refused(closed, answer('first', 'well'))
  refused(closed, answer('final', 'ill'))
  refused(closed, answer('final', 'well', operatorReviewer))
})

test('nobody gives the final answer before the first', () => refused(waiting, answer('final', 'ill')))

test('a case belongs to whoever began it; the operator may finish it', () => {
  refused(begun, answer('first', 'ill', ben))
  refused(begun, answer('final', 'ill', ben))
  const finished = stepCase(begun, answer('final', 'ill', operatorReviewer))
  assert.ok(finished.kind === 'closed')
  assert.deepEqual([finished.first.by, finished.final.by], [ann, operatorReviewer])
  refused(begun, answer('first', 'ill', operatorReviewer))
})

test('what the agent answered itself is not reviewed', () => {
  refused({ kind: 'answered' }, answer('first', 'ill'))
  refused({ kind: 'answered' }, answer('final', 'ill'))
})

test('what waits can be taken back, and nobody answers it then; what was answered cannot', () => {
  const at = '2026-01-02T00:00:00.000Z'
  const cancelled = cancelCase(waiting, at)
  assert.deepEqual(cancelled, { kind: 'cancelled', at })
  assert.deepEqual(cancelCase(begun, at), {
    kind: 'cancelled',
    at,
    first: (begun as { first: object }).first,
  })
  assert.equal(cancelCase(cancelled, '2026-01-03T00:00:00.000Z'), cancelled)
  refused(cancelled, answer('first', 'ill'))
  refused(cancelCase(begun, at), answer('final', 'ill'))
  for (const state of [closed, { kind: 'answered' } as const]) {
    assert.throws(() => cancelCase(state, at), { code: 'state-conflict' })
  }
})
