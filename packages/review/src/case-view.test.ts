import assert from 'node:assert/strict'
import test from 'node:test'
import { caseViewSchema, isRefusal, reviewViewSchema } from '@consort/protocol'
import type { Advice } from './case-file.ts'
import { type CaseState, operatorReviewer, type Reviewer } from './case-state.ts'
import { caseView, checkHasJudged, reviewView } from './case-view.ts'
import { sampleCase } from './testing/sample-case.ts'

const classes = ['well', 'ill']
const ann: Reviewer = { id: 'key_ann', name: 'ann' }
const ben: Reviewer = { id: 'key_ben', name: 'ben' }
const at = '2026-01-02T00:00:00.000Z'
const first = { class: 'well', by: ann, at }
const waiting: CaseState = { kind: 'waiting' }
const begun: CaseState = { kind: 'begun', first }
const closed: CaseState = { kind: 'closed', first, final: { ...first, class: 'ill' } }
const deferred = sampleCase()
const audited = sampleCase({
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

test('an answered case says by whom and how sure; that it is audited, only if a person says otherwise', () => {
  const agreed: CaseState = { kind: 'closed', first, final: { ...first, class: 'ill' } }
  for (const state of [waiting, begun, agreed]) {
    const view = caseViewSchema.parse(caseView({ ...audited, state }))
    assert.deepEqual(
      [view.state, view.answer, view.confidence, view.closed, view.reason],
      ['answered', { class: 'ill', by: 'agent' }, 0.97, audited.asked, 'sure-enough'],
    )
  }
  const corrected: CaseState = { kind: 'closed', first, final: first }
  const view = caseViewSchema.parse(caseView({ ...audited, state: corrected }))
  assert.deepEqual(
    [view.state, view.answer, view.closed, view.reason],
    ['answered', { class: 'well', by: 'expert' }, at, 'expert-corrected'],
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
        among: ['ill', 'well'],
        reason: 'below-threshold',
        threshold: 0.9,
        partner: null,
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

test('what else might lean a judgement is shown by the rule of the suggestion, and refused with a way out', () => {
  const cancelled: CaseState = { kind: 'cancelled', at, first }
  const states = { waiting, begun, closed, cancelled }
  const shown = Object.entries(states).flatMap(([name, state]) =>
    [ann, ben, operatorReviewer].flatMap(reviewer => {
      try {
        checkHasJudged({ state }, reviewer)
        return [`${name} ${reviewer.name}`]
      } catch (error) {
        assert.ok(isRefusal(error, 'state-conflict') && error.hint)
        return []
      }
    }),
  )
  assert.deepEqual(shown, ['begun ann', 'begun operator', 'closed ann', 'closed operator'])
})

test('what a partner’s agent said is told where its gate let it through, and corrected like any answer', () => {
  const advice: Advice = {
    consultation: 'con_0000000000000000',
    partner: 'b',
    class: 'well',
    confidence: 0.93,
    version: 'ver_1111111111111111',
    propensity: 1,
    at,
    wasWaiting: true,
    isTold: true,
    threshold: 0.9,
  }
  const told = caseViewSchema.parse(caseView({ ...deferred, advice, state: waiting }))
  assert.deepEqual(
    [told.state, told.answer, told.confidence, told.closed, told.reason, told.version],
    ['answered', { class: 'well', by: 'partner' }, 0.93, at, 'partner-sure', 'ver_1111111111111111'],
  )
  const corrected = caseView({ ...deferred, advice, state: closed })
  assert.deepEqual([corrected.answer, corrected.reason], [{ class: 'ill', by: 'expert' }, 'expert-corrected'])
  const only: Advice = { ...advice, isTold: false, threshold: null }
  assert.equal(caseView({ ...deferred, advice: only, state: begun }).state, 'deferred')
  const { suggestion } = reviewView({ ...deferred, advice: only, state: begun }, { classes, reviewer: ann })
  assert.deepEqual(suggestion!.partner, { name: 'b', class: 'well', confidence: 0.93 })
})
