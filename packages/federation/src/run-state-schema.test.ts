import assert from 'node:assert/strict'
import test from 'node:test'
import type { RunState } from './run-machine.ts'
import { runStateSchema } from './run-state-schema.ts'

const seats = [
  { member: 'mem_a', outcome: 'waiting' },
  { member: 'mem_b', outcome: 'failed', failure: { code: 'disk-full', reference: 'log-7' } },
] as const
const states: readonly RunState[] = [
  { phase: 'created' },
  { phase: 'selecting', round: 1, deadline: 17.5, waitingFor: 'partners' },
  { phase: 'selecting', round: 2, deadline: 17, waitingFor: 'b', attempt: 2 },
  { phase: 'training', round: 1, deadline: 17, stage: 'collecting', seats },
  { phase: 'training', round: 1, deadline: 17, stage: 'aggregating', seats, attempt: 3 },
  { phase: 'evaluating', round: 1, deadline: 17, seats: [] },
  { phase: 'done', because: 'patience', round: 3, best: 2 },
  { phase: 'failed', round: 0, reason: { kind: 'hub-failed', code: 'disk-full' } },
  { phase: 'failed', round: 1, reason: { kind: 'partners-missing', waitingFor: 'b' } },
  { phase: 'failed', round: 1, reason: { kind: 'updates-missing', received: 0, needed: 2, seats } },
  { phase: 'failed', round: 2, reason: { kind: 'sums-discarded', attempts: 3, why: 'two left' } },
  { phase: 'failed', round: 2, reason: { kind: 'agreement-amended', version: 3, why: 'purpose' } },
  { phase: 'cancelled', round: 0 },
]

test('every state of a run comes back from its JSON as it was', () => {
  for (const state of states) assert.deepEqual(runStateSchema.parse(JSON.parse(JSON.stringify(state))), state)
})

test('what is no state is not taken for one', () => {
  for (const value of [{ phase: 'resting' }, { phase: 'selecting', round: 1 }, { phase: 'failed', round: 1 }])
    assert.equal(runStateSchema.safeParse(value).success, false, JSON.stringify(value))
})
