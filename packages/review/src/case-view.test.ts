import assert from 'node:assert/strict'
import test from 'node:test'
import { caseViewSchema, reviewViewSchema } from '@consort/protocol'
import { type CaseState, operatorReviewer } from './case-state.ts'
import { caseView, reviewView } from './case-view.ts'
import { sampleCase } from './testing/sample-case.ts'

const classes = ['well', 'ill']
const ann = { id: 'key_ann', name: 'ann' }
const ben = { id: 'key_ben', name: 'ben' }
const at = '2026-01-02T00:00:00.000Z'
const first = { class: 'well', by: ann, at }
const waiting: CaseState = { kind: 'waiting' }
const begun: CaseState = { kind: 'begun', first }
const closed: CaseState = { kind: 'closed', first, final: { ...first, class: 'ill' } }
const deferred = sampleCase()
const answered = sampleCase({
  state: { kind: 'answered' },
  decision: { ...deferred.decision, action: 'answer', reason: 'sure-enough', confidence: 0.97 },
})

test('the caller of a deferred case learns nothing of what the agent thinks until a person has answered', () => {
  for (const state of [waiting, begun]) {
    const view = caseViewSchema.parse(caseView({ ...deferred, state }))
    assert.deepEqual(
      [view.state, view.answer, view.confidence, view.closed, view.reason],
      ['deferred', null, null, null, 'below-threshold'],
    )
  }
  const view = caseViewSchema.parse(caseView({ ...deferred, state: closed }))
  assert.deepEqual(
    [view.state, view.answer, view.confidence, view.closed, view.reason],
    ['answered', { class: 'ill', by: 'expert' }, 0.61, at, 'expert-answered'],
  )
})

test('an answered case says by whom and how sure', () => {
  const view = caseViewSchema.parse(caseView(answered))
  assert.deepEqual(
    [view.state, view.answer, view.confidence, view.closed, view.reason],
    ['answered', { class: 'ill', by: 'agent' }, 0.97, answered.asked, 'sure-enough'],
  )
})

test('the suggestion is shown after the first answer, to whoever gave it and to the operator', () => {
  const suggestionFor = (state: CaseState, reviewer: typeof ann) =>
    reviewViewSchema.parse(reviewView({ ...deferred, state }, { classes, reviewer })).suggestion
  for (const reviewer of [ann, ben, operatorReviewer]) assert.equal(suggestionFor(waiting, reviewer), null)
  for (const state of [begun, closed]) {
    assert.equal(suggestionFor(state, ben), null)
    for (const reviewer of [ann, operatorReviewer]) {
      assert.deepEqual(suggestionFor(state, reviewer), {
        class: 'ill',
        confidence: 0.61,
        because: [{ field: 'age', change: 1.5 }],
      })
    }
  }
})

test('a review shows the record, the classes and what was answered so far', () => {
  const view = reviewView({ ...deferred, state: closed }, { classes, reviewer: ann })
  assert.deepEqual([view.state, view.firstAnswer, view.finalAnswer], ['answered', 'well', 'ill'])
  assert.deepEqual([view.record, view.classes], [deferred.record, classes])
  const early = reviewView(deferred, { classes, reviewer: ann })
  assert.deepEqual([early.state, early.firstAnswer, early.finalAnswer], ['deferred', null, null])
})
