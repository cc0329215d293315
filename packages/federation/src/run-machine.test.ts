import assert from 'node:assert/strict'
import test from 'node:test'
import {
  deadlineOf,
  isEvaluated,
  isOver,
  type RunEvent,
  type RunRules,
  type RunState,
  roundOf,
  type Seat,
  stepRun,
} from './run-machine.ts'

const rules: RunRules = {
  federation: {
    rounds: 3,
    partnersMin: 2,
    startWithinSeconds: 10,
    roundWithinSeconds: 20,
    evaluateWithinSeconds: 5,
  },
  evaluation: { every: 1 },
  stop: {},
}
const now = 1_000_000
const failure = { code: 'value-invalid', reference: 'log-7' } as const

function seat(member: string, outcome: Seat['outcome'] = 'waiting'): Seat {
  return outcome === 'failed' ? { member, outcome, failure } : { member, outcome }
}

/** e.g. `a b+ c!` — a waits, b is received, c! failed, d~ is late. */
function seatsOf(text: string): Seat[] {
  const outcomes = { '+': 'received', '!': 'failed', '~': 'late' } as const
  return text.split(' ').map(word => seat(word[0]!, outcomes[word[1] as '+'] ?? 'waiting'))
}

const created: RunState = { phase: 'created' }
const selecting: RunState = { phase: 'selecting', round: 1, deadline: now + 10_000, waitingFor: 'partners' }
const done: RunState = { phase: 'done', because: 'rounds', round: 3, best: 3 }
const failed: RunState = { phase: 'failed', round: 1, reason: { kind: 'partners-missing', waitingFor: 'b' } }
const cancelled: RunState = { phase: 'cancelled', round: 2 }

function collecting(seats: string, round = 1): RunState {
  return { phase: 'training', round, deadline: now + 20_000, stage: 'collecting', seats: seatsOf(seats) }
}
function aggregating(seats: string, round = 1): RunState {
  return { phase: 'training', round, deadline: now + 20_000, stage: 'aggregating', seats: seatsOf(seats) }
}
function evaluating(seats: string, round = 1): RunState {
  return { phase: 'evaluating', round, deadline: now + 5000, seats: seats === '' ? [] : seatsOf(seats) }
}
function missing(seats: string, received: number): RunState {
  const reason = { kind: 'updates-missing', received, needed: 2, seats: seatsOf(seats) } as const
  return { phase: 'failed', round: 1, reason }
}

const received = (member: string): RunEvent => ({ kind: 'received', member })
const unable = (member: string): RunEvent => ({ kind: 'failed', member, failure })
const drawn = (...members: string[]): RunEvent => ({ kind: 'partners-drawn', members })
const short = (waitingFor: string): RunEvent => ({ kind: 'partners-short', waitingFor })
const aggregated = (...evaluators: string[]): RunEvent => ({ kind: 'aggregated', evaluators })
const scored = (...losses: number[]): RunEvent => ({
  kind: 'scored',
  scores: losses.map((loss, index) => ({ round: index + 1, loss, accuracy: 1 - loss })),
})
const tick: RunEvent = { kind: 'time-passed' }
const broken: RunEvent = { kind: 'aggregation-failed', code: 'disk-full' }

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
  'an update settles its seat': { from: collecting('a b c'), event: received('b'), to: collecting('a b+ c') },
  'a failure settles its seat': { from: collecting('a b c'), event: unable('a'), to: collecting('a! b c') },
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
    event: aggregated('a', 'x'),
    to: evaluating('a x'),
  },
  'the new version, and nobody to evaluate it': {
    from: aggregating('a+ b+'),
    event: aggregated(),
    to: evaluating(''),
  },
  'no evaluation is due: on to the next round': {
    from: aggregating('a+ b+'),
    event: aggregated('a'),
    rules: everySecond,
    to: { ...selecting, round: 2 } as RunState,
  },
  'an evaluation is due every second round': {
    from: aggregating('a+ b+', 2),
    event: aggregated('a'),
    rules: everySecond,
    to: evaluating('a', 2),
  },
  'the last round is always evaluated': {
    from: aggregating('a+ b+', 3),
    event: aggregated('a'),
    rules: everySecond,
    to: evaluating('a', 3),
  },
  'the hub cannot aggregate': {
    from: aggregating('a+ b+'),
    event: broken,
    to: { phase: 'failed', round: 1, reason: { kind: 'aggregation-failed', code: 'disk-full' } },
  },
  'metrics settle a seat': { from: evaluating('a b'), event: received('a'), to: evaluating('a+ b') },
  'an evaluation fails': { from: evaluating('a b'), event: unable('b'), to: evaluating('a b!') },
  'metrics twice': { from: evaluating('a+ b'), event: received('a'), to: evaluating('a+ b') },
  'the deadline of an evaluation': {
    from: evaluating('a+ b'),
    event: tick,
    at: 5000,
    to: evaluating('a+ b~'),
  },
  'time passes in an evaluation': { from: evaluating('a+ b'), event: tick, at: 4999, to: evaluating('a+ b') },
  'scores that come too early': { from: evaluating('a+ b'), event: scored(0.5), to: evaluating('a+ b') },
  'scores, and rounds left': {
    from: evaluating('a+ b!'),
    event: scored(0.5),
    to: { ...selecting, round: 2 } as RunState,
  },
  'scores of nobody, and rounds left': {
    from: evaluating(''),
    event: scored(),
    to: { ...selecting, round: 2 } as RunState,
  },
  'scores of the last round': { from: evaluating('a+', 3), event: scored(0.3, 0.2, 0.1), to: done },
  'scores that reach the target': {
    from: evaluating('a+'),
    event: scored(0.1),
    rules: { stop: { target: 0.9 } },
    to: { phase: 'done', because: 'target', round: 1, best: 1 },
  },
  'scores that use up the patience': {
    from: evaluating('a+', 2),
    event: scored(0.1, 0.2),
    rules: { stop: { patience: 1 } },
    to: { phase: 'done', because: 'patience', round: 2, best: 1 },
  },
  'cancelled before the start': {
    from: created,
    event: { kind: 'cancelled' },
    to: { phase: 'cancelled', round: 0 },
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

const going = {
  selecting,
  collecting: collecting('a b'),
  aggregating: aggregating('a+ b+'),
  evaluating: evaluating('a'),
}
const events: RunEvent[] = [
  { kind: 'started' },
  short('b'),
  drawn('a', 'b'),
  received('a'),
  unable('a'),
  aggregated('a'),
  broken,
  scored(0.5),
  tick,
  { kind: 'cancelled' },
]

test('a run can be cancelled at any time, in the round where it is', () => {
  for (const [what, state] of Object.entries(going)) {
    assert.deepEqual(
      stepRun(state, { kind: 'cancelled' }, rules, now),
      { phase: 'cancelled', round: 1 },
      what,
    )
  }
})

test('what is over stays as it is, whatever comes', () => {
  for (const state of [done, failed, cancelled]) {
    for (const event of events) assert.equal(stepRun(state, event, rules, now + 1e9), state)
  }
})

test('an event that belongs to another phase changes nothing', () => {
  const own: Record<string, readonly RunEvent['kind'][]> = {
    created: ['started'],
    selecting: ['partners-short', 'partners-drawn'],
    collecting: ['received', 'failed'],
    aggregating: ['aggregated', 'aggregation-failed'],
    evaluating: ['received', 'failed'],
  }
  for (const [what, state] of Object.entries({ created, ...going })) {
    for (const event of events) {
      if (event.kind === 'cancelled' || own[what]!.includes(event.kind)) continue
      assert.equal(stepRun(state, event, rules, now), state, `${event.kind} while ${what}`)
    }
  }
})

test('deadlines are there while something outside is waited for', () => {
  assert.deepEqual(Object.values(going).map(deadlineOf), [now + 10_000, now + 20_000, null, now + 5000])
  for (const state of [created, done, failed, cancelled]) assert.equal(deadlineOf(state), null)
})

test('a run is over when it is done, failed or cancelled', () => {
  for (const state of [done, failed, cancelled]) assert.equal(isOver(state), true)
  for (const state of [created, ...Object.values(going)]) assert.equal(isOver(state), false)
})

test('the round is told in every phase', () => {
  assert.deepEqual(
    [created, selecting, collecting('a', 2), evaluating('a', 3), done, failed, cancelled].map(roundOf),
    [0, 1, 2, 3, 3, 1, 2],
  )
})

test('an evaluation is complete when nobody is waited for', () => {
  for (const complete of ['a+ b!', 'a~', '']) assert.equal(isEvaluated(evaluating(complete)), true, complete)
  for (const open of ['a', 'a+ b', 'a b!']) assert.equal(isEvaluated(evaluating(open)), false, open)
  for (const state of [created, selecting, aggregating('a+ b+'), done])
    assert.equal(isEvaluated(state), false)
})

test('when everyone has answered there is no deadline to wake up for', {
  todo: 'defect: deadlineOf keeps naming it, also when it has passed, though time-passed changes nothing any more',
}, () => {
  for (const complete of ['a+ b!', 'a~', '']) assert.equal(deadlineOf(evaluating(complete)), null, complete)
})

test('a draw of nobody does not open a round that can never end', {
  todo: 'defect: with no seats nothing ever changes: the run stays in training for ever, deadline passed',
}, () => {
  const opened = stepRun(selecting, drawn(), rules, now)
  const later = stepRun(opened, tick, rules, now + 1e9)
  assert.ok(isOver(later) || later.phase === 'selecting')
})

test('a draw of too few does not open a round that can only fail', {
  todo: 'defect: the one partner trains in vain, and only its update is refused',
}, () => {
  const opened = stepRun(selecting, drawn('a'), rules, now)
  assert.notEqual(opened.phase, 'training')
})

test('a partner that was drawn twice counts once', {
  todo: 'defect: one update settles both seats and passes for two partners',
}, () => {
  const opened = stepRun(selecting, drawn('a', 'a'), rules, now)
  const later = stepRun(opened, received('a'), rules, now)
  assert.ok(!(later.phase === 'training' && later.stage === 'aggregating'))
})

test('what belongs to an earlier round does not pass for this one’s', {
  todo: 'weakness: events carry no round, so a late one is told apart only by the hub (by task, in one transaction)',
}, () => {
  const second = collecting('a b', 2)
  const late = { kind: 'received', member: 'a', round: 1 } as RunEvent
  assert.equal(stepRun(second, late, rules, now), second)
  const evaluated = evaluating('a+', 2)
  assert.equal(stepRun(evaluated, scored(0.5), rules, now), evaluated, 'scores without this round’s')
})
