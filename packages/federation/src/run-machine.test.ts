import assert from 'node:assert/strict'
import test from 'node:test'
import {
  type Participant,
  type RunEvent,
  type RunRules,
  type RunState,
  stepRun,
  type Work,
} from './run-machine.ts'
import type { RoundScore } from './stop-rule.ts'

/** One step at a time: what one event makes of one state. */

const rules: RunRules = {
  federation: {
    rounds: 3,
    partnersMin: 2,
    startWithinSeconds: 10,
    roundWithinSeconds: 20,
    evaluateWithinSeconds: 5,
  },
  privacy: { secureAggregation: false },
  evaluation: { every: 1 },
  stop: {},
}
const now = 1_000_000
const failure = { code: 'value-invalid', reference: 'log-7' } as const

function participant(member: string, outcome: Participant['outcome'] = 'waiting'): Participant {
  return outcome === 'failed' ? { member, outcome, failure } : { member, outcome }
}

/** e.g. `a b+ c!` — a waits, b is received, c! failed, d~ is late. */
function participantsOf(text: string): Participant[] {
  const outcomes = { '+': 'received', '!': 'failed', '~': 'late' } as const
  return text.split(' ').map(word => participant(word[0]!, outcomes[word[1] as '+'] ?? 'waiting'))
}

const created: RunState = { phase: 'created' }
const selecting: RunState = { phase: 'selecting', round: 1, deadline: now + 10_000, waitingFor: 'partners' }
const done: RunState = { phase: 'done', because: 'rounds', round: 3, best: 3 }
const failed: RunState = { phase: 'failed', round: 1, reason: { kind: 'partners-missing', waitingFor: 'b' } }

function collecting(seats: string, round = 1): RunState {
  return {
    phase: 'training',
    round,
    deadline: now + 20_000,
    stage: 'collecting',
    seats: participantsOf(seats),
  }
}
function aggregating(seats: string, round = 1): RunState {
  return {
    phase: 'training',
    round,
    deadline: now + 20_000,
    stage: 'aggregating',
    seats: participantsOf(seats),
  }
}
function evaluating(seats: string, round = 1): RunState {
  return {
    phase: 'evaluating',
    round,
    deadline: now + 5000,
    seats: seats === '' ? [] : participantsOf(seats),
  }
}
function missing(seats: string, received: number): RunState {
  const reason = { kind: 'updates-missing', received, needed: 2, seats: participantsOf(seats) } as const
  return { phase: 'failed', round: 1, reason }
}

const received = (member: string, work: Work = 'train'): RunEvent => ({
  kind: 'received',
  round: 1,
  work,
  member,
})
const unable = (member: string, work: Work = 'train'): RunEvent => ({
  kind: 'failed',
  round: 1,
  work,
  member,
  failure,
})
const drawn = (...members: string[]): RunEvent => ({ kind: 'partners-drawn', members })
const short = (waitingFor: string): RunEvent => ({ kind: 'partners-short', waitingFor })
const aggregated = (round: number, ...evaluators: string[]): RunEvent => ({
  kind: 'aggregated',
  round,
  evaluators,
})
const scoreOf = (round: number, loss: number, accuracy: number): RoundScore => ({ round, loss, accuracy })
const scored = (round: number, ...losses: number[]): RunEvent => ({
  kind: 'scored',
  round,
  scores: losses.map((loss, index) => scoreOf(index + 1, loss, 1 - loss)),
})
const tick: RunEvent = { kind: 'time-passed' }

interface Step {
  from: RunState
  event: RunEvent
  /** Milliseconds after `now`; 0 by default. */
  at?: number
  rules?: Partial<RunRules>
  /** `from` itself, when nothing may change. */
  to: RunState
}

const everySecond = { evaluation: { every: 2 } }
const steps: Record<string, Step> = {
  'a start begins to look for partners': { from: created, event: { kind: 'started' }, to: selecting },
  'who is missing is noted': { from: selecting, event: short('b'), to: { ...selecting, waitingFor: 'b' } },
  'who is missing is known already': { from: selecting, event: short('partners'), to: selecting },
  'time passes before the deadline': { from: selecting, event: tick, at: 9999, to: selecting },
  'nobody came in time': {
    from: { ...selecting, waitingFor: 'b' },
    event: tick,
    at: 10_000,
    to: failed,
  },
  'still too few at the deadline: the latest word on who is missing is kept': {
    from: selecting,
    event: short('b'),
    at: 10_000,
    to: failed,
  },
  'a draw opens the round, with its own deadline': {
    from: selecting,
    event: drawn('a', 'b', 'c'),
    to: collecting('a b c'),
  },
  'a draw at the last moment counts': {
    from: selecting,
    event: drawn('a', 'b'),
    at: 10_000,
    to: { ...collecting('a b'), deadline: now + 30_000 } as RunState,
  },
  'a draw of nobody would open a round that can never end': {
    from: selecting,
    event: drawn(),
    rules: { federation: { ...rules.federation, partnersMin: 0 } },
    to: selecting,
  },
  'a draw of too few would open a round that can only fail': {
    from: selecting,
    event: drawn('a'),
    to: selecting,
  },
  'a draw of one partner twice is a draw of too few': {
    from: selecting,
    event: drawn('a', 'a'),
    to: selecting,
  },
  'a draw of too few at the deadline: it has passed all the same': {
    from: { ...selecting, waitingFor: 'b' },
    event: drawn('a'),
    at: 10_000,
    to: failed,
  },
  'a partner that was drawn twice takes part once': {
    from: selecting,
    event: drawn('a', 'b', 'a'),
    to: collecting('a b'),
  },
  'an update settles its task': {
    from: collecting('a b c'),
    event: received('b'),
    to: collecting('a b+ c'),
  },
  'a failure settles its task': {
    from: collecting('a b c'),
    event: unable('a'),
    to: collecting('a! b c'),
  },
  'an update twice': { from: collecting('a b+ c'), event: received('b'), to: collecting('a b+ c') },
  'a failure after the update': { from: collecting('a b+ c'), event: unable('b'), to: collecting('a b+ c') },
  'an update after the failure': {
    from: collecting('a! b c'),
    event: received('a'),
    to: collecting('a! b c'),
  },
  'an update of somebody else': { from: collecting('a b c'), event: received('x'), to: collecting('a b c') },
  'a failure of somebody else': { from: collecting('a b c'), event: unable('x'), to: collecting('a b c') },
  'the last update ends the collecting': {
    from: collecting('a+ b c!'),
    event: received('b'),
    to: aggregating('a+ b+ c!'),
  },
  'the last failure ends the collecting, with enough updates': {
    from: collecting('a+ b+ c'),
    event: unable('c'),
    to: aggregating('a+ b+ c!'),
  },
  'a failure that leaves too few ends the run at once': {
    from: collecting('a! b c'),
    event: unable('c'),
    to: missing('a! b c!', 0),
  },
  'a failure that leaves just enough does not': {
    from: collecting('a b c'),
    event: unable('c'),
    to: collecting('a b c!'),
  },
  'time passes in the round': {
    from: collecting('a+ b c'),
    event: tick,
    at: 19_999,
    to: collecting('a+ b c'),
  },
  'the deadline with enough updates goes on with them': {
    from: collecting('a+ b+ c'),
    event: tick,
    at: 20_000,
    to: aggregating('a+ b+ c~'),
  },
  'the deadline with too few ends the run': {
    from: collecting('a+ b c!'),
    event: tick,
    at: 20_000,
    to: missing('a+ b~ c!', 1),
  },
  'an update that comes with the deadline counts, the others are late': {
    from: collecting('a+ b c'),
    event: received('b'),
    at: 25_000,
    to: aggregating('a+ b+ c~'),
  },
  'an update of somebody else at the deadline: it has passed all the same': {
    from: collecting('a+ b+ c'),
    event: received('x'),
    at: 20_000,
    to: aggregating('a+ b+ c~'),
  },
  'an update after the collecting': {
    from: aggregating('a+ b+ c~'),
    event: received('c'),
    to: aggregating('a+ b+ c~'),
  },
  'time passes while the hub aggregates': {
    from: aggregating('a+ b+'),
    event: tick,
    at: 1e9,
    to: aggregating('a+ b+'),
  },
  'the new version goes out to be evaluated': {
    from: aggregating('a+ b+'),
    event: aggregated(1, 'a', 'x'),
    to: evaluating('a x'),
  },
  'the new version, and nobody to evaluate it': {
    from: aggregating('a+ b+'),
    event: aggregated(1),
    to: evaluating(''),
  },
  'no evaluation is due: on to the next round': {
    from: aggregating('a+ b+'),
    event: aggregated(1, 'a'),
    rules: everySecond,
    to: { ...selecting, round: 2 } as RunState,
  },
  'an evaluation is due every second round': {
    from: aggregating('a+ b+', 2),
    event: aggregated(2, 'a'),
    rules: everySecond,
    to: evaluating('a', 2),
  },
  'the last round is always evaluated': {
    from: aggregating('a+ b+', 3),
    event: aggregated(3, 'a'),
    rules: everySecond,
    to: evaluating('a', 3),
  },
  'metrics settle a task': {
    from: evaluating('a b'),
    event: received('a', 'evaluate'),
    to: evaluating('a+ b'),
  },
  'an evaluation fails': { from: evaluating('a b'), event: unable('b', 'evaluate'), to: evaluating('a b!') },
  'metrics twice': { from: evaluating('a+ b'), event: received('a', 'evaluate'), to: evaluating('a+ b') },
  'the deadline of an evaluation': {
    from: evaluating('a+ b'),
    event: tick,
    at: 5000,
    to: evaluating('a+ b~'),
  },
  'time passes in an evaluation': { from: evaluating('a+ b'), event: tick, at: 4999, to: evaluating('a+ b') },
  'scores that come too early': { from: evaluating('a+ b'), event: scored(1, 0.5), to: evaluating('a+ b') },
  'scores, and rounds left': {
    from: evaluating('a+ b!'),
    event: scored(1, 0.5),
    to: { ...selecting, round: 2 } as RunState,
  },
  'scores of nobody, and rounds left': {
    from: evaluating(''),
    event: scored(1),
    to: { ...selecting, round: 2 } as RunState,
  },
  'scores of the last round': { from: evaluating('a+', 3), event: scored(3, 0.3, 0.2, 0.1), to: done },
  'scores that reach the target': {
    from: evaluating('a+'),
    event: scored(1, 0.1),
    rules: { stop: { target: 0.9 } },
    to: { phase: 'done', because: 'target', round: 1, best: 1 },
  },
  'scores that use up the patience': {
    from: evaluating('a+', 2),
    event: scored(2, 0.1, 0.2),
    rules: { stop: { patience: 1 } },
    to: { phase: 'done', because: 'patience', round: 2, best: 1 },
  },
  'scores that reach the target, and a better round before: with patience that one is the result': {
    from: evaluating('a+', 2),
    event: { kind: 'scored', round: 2, scores: [scoreOf(1, 0.1, 0.5), scoreOf(2, 0.2, 0.9)] },
    rules: { stop: { target: 0.9, patience: 5 } },
    to: { phase: 'done', because: 'target', round: 2, best: 1 },
  },
}
for (const [what, { from, event, at = 0, rules: special, to }] of Object.entries(steps)) {
  test(`step: ${what}`, () => {
    const before = structuredClone(from)
    const after = stepRun(from, event, { ...rules, ...special }, now + at)
    assert.deepEqual(after, to)
    assert.deepEqual(from, before, 'a step does not change the state it starts from')
    try {
      assert.deepEqual(from, to)
    } catch {
      return
    }
    assert.equal(
      after,
      from,
      'nothing changed: the hub must get the same object back, or it writes and looks again',
    )
  })
}
