import assert from 'node:assert/strict'
import test from 'node:test'
import { type RunEvent, type RunRules, type RunState, roundOf, stepRun } from './run-machine.ts'

/** A run of two rounds whose sums are secret. */
const rules: RunRules = {
  federation: {
    ...{ rounds: 2, partnersMin: 4, startWithinSeconds: 10 },
    ...{ roundWithinSeconds: 20, evaluateWithinSeconds: 5 },
  },
  privacy: { secureAggregation: true },
  evaluation: { every: 1 },
  stop: {},
}
const members = ['a', 'b', 'c', 'd']

function play(state: RunState, ...events: RunEvent[]): RunState {
  return events.reduce((before, event) => stepRun(before, event, rules, 1000), state)
}

/** All members are drawn and have trained: the round waits for its sum. */
function trained(state: RunState): RunState {
  const round = roundOf(state)
  const received = members.map((member): RunEvent => ({ kind: 'received', round, work: 'train', member }))
  return play(state, { kind: 'partners-drawn', members }, ...received)
}

function discarded(state: RunState, isOpened: boolean): RunState {
  return play(state, { kind: 'sum-discarded', round: roundOf(state), why: 'too few are left', isOpened })
}

const begun = play({ phase: 'created' }, { kind: 'started' })
const reason = (attempts: number) => ({ kind: 'sums-discarded', attempts, why: 'too few are left' })

test('a sum that was discarded before any share was opened is tried again in its round, three times at most', () => {
  let state = discarded(trained(begun), false)
  for (const attempt of [2, 3]) {
    assert.deepEqual(state, { ...begun, attempt })
    state = discarded(trained(state), false)
  }
  assert.deepEqual(state, { phase: 'failed', round: 1, reason: reason(3) })
})

test('a round whose shares were opened is never tried again: the next one begins, or the run fails with the last', () => {
  const next = discarded(trained(begun), true)
  assert.deepEqual(next, { ...begun, round: 2, attempt: 2 })
  assert.deepEqual(discarded(trained(next), true), { phase: 'failed', round: 2, reason: reason(2) })
})
