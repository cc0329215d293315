import assert from 'node:assert/strict'
import test from 'node:test'
import { type LabelledDecision, labelOf } from './label-of-case.ts'

const asked = '2026-01-01T00:00:00.000Z'
const due = '2026-01-11T00:00:00.000Z'
const afterDue = new Date(Date.parse(due) + 1)
const audit = { propensity: 0.5, propensityLeast: 0.1 }

/** What is weighed of a case to which the agent said “ill” and that has to be labelled within ten days. */
function wrongOf(state: LabelledDecision['state'], now: Date): boolean | 'awaited' {
  const decision = { class: 'ill', confidence: 0.9, audit }
  const label = labelOf({ asked, decision, state }, { days: 10, now })
  if (label === 'awaited') return label
  assert.deepEqual(label, { confidence: 0.9, class: 'ill', ...audit, isWrong: label.isWrong })
  return label.isWrong
}

const labelled = (as: string, at: string) => ({ kind: 'closed', final: { class: as, at } }) as const

test('a label counts that comes in time, up to its last moment', () => {
  assert.equal(wrongOf(labelled('ill', due), afterDue), false)
  assert.equal(wrongOf(labelled('well', due), afterDue), true)
})

test('a label that comes too late changes nothing: the case counts as wrong', () => {
  assert.equal(wrongOf(labelled('ill', afterDue.toISOString()), afterDue), true)
})

test('a label is waited for until it is due, and not for a case that was taken back', () => {
  assert.equal(wrongOf({ kind: 'waiting' }, new Date(due)), 'awaited')
  assert.equal(wrongOf({ kind: 'begun' }, afterDue), true)
  assert.equal(wrongOf({ kind: 'cancelled' }, new Date(asked)), true)
})
