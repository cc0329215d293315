import assert from 'node:assert/strict'
import test from 'node:test'
import {
  deadlineOf,
  isEvaluated,
  isOver,
  isTimeToStep,
  type RunEvent,
  type RunRules,
  type RunState,
  roundOf,
  stepRun,
  type Work,
} from './run-machine.ts'

/** Every event in every state: which belongs where, and what may come at any time. */
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

const drawn = (...members: string[]): RunEvent => ({ kind: 'partners-drawn', members })
const received = (member: string, work: Work, round = 1): RunEvent => ({
  kind: 'received',
  round,
  work,
  member,
})
const unable = (member: string, work: Work, round = 1): RunEvent => ({
  kind: 'failed',
  round,
  work,
  member,
  failure,
})
const aggregated = (evaluators: string[], round = 1): RunEvent => ({ kind: 'aggregated', round, evaluators })
const scored = (round = 1): RunEvent => ({
  kind: 'scored',
  round,
  scores: Array.from({ length: round }, (_, index) => ({ round: index + 1, loss: 1, accuracy: 0.5 })),
})
const tick: RunEvent = { kind: 'time-passed' }

function play(state: RunState, ...events: RunEvent[]): RunState {
  return events.reduce((before, event) => stepRun(before, event, rules, now), state)
}

const created: RunState = { phase: 'created' }
const selecting = play(created, { kind: 'started' })
const roundOfTwo = (round: number): RunEvent[] => [
  drawn('a', 'b'),
  received('a', 'train', round),
  received('b', 'train', round),
]
const going = {
  selecting,
  collecting: play(selecting, drawn('a', 'b')),
  aggregating: play(selecting, ...roundOfTwo(1)),
  evaluating: play(selecting, ...roundOfTwo(1), aggregated(['a'])),
  evaluated: play(selecting, ...roundOfTwo(1), aggregated([])),
}
const second = play(going.evaluated, scored(1))
const goingOn: typeof going = {
  selecting: second,
  collecting: play(second, drawn('a', 'b')),
  aggregating: play(second, ...roundOfTwo(2)),
  evaluating: play(second, ...roundOfTwo(2), aggregated(['a'], 2)),
  evaluated: play(second, ...roundOfTwo(2), aggregated([], 2)),
}
const over = {
  done: { phase: 'done', because: 'rounds', round: 3, best: 3 },
  failed: { phase: 'failed', round: 1, reason: { kind: 'partners-missing', waitingFor: 'b' } },
  cancelled: { phase: 'cancelled', round: 2 },
} as const satisfies Record<string, RunState>

/** What each state waits for, in this round. */
const wanted: Record<keyof typeof going | 'created', (round: number) => RunEvent[]> = {
  created: () => [{ kind: 'started' }],
  selecting: () => [{ kind: 'partners-short', waitingFor: 'b' }, drawn('a', 'b')],
  collecting: round => [received('a', 'train', round), unable('a', 'train', round)],
  aggregating: round => [aggregated(['a'], round)],
  evaluating: round => [received('a', 'evaluate', round), unable('a', 'evaluate', round)],
  evaluated: round => [scored(round)],
}
const states = { created, ...going }
const names = Object.keys(states) as (keyof typeof states)[]

test('an event moves the states that wait for it, and no other', () => {
  for (const name of names) {
    for (const event of wanted[name](1)) {
      for (const other of names) {
        const after = stepRun(states[other], event, rules, now)
        if (other === name) assert.notDeepEqual(after, states[other], `${event.kind} while ${other}`)
        else assert.equal(after, states[other], `${event.kind} of ${name} while ${other}`)
      }
    }
  }
})

test('what belongs to another round changes nothing, even when the deadline has passed', () => {
  const rounds = [
    { state: going, own: 1, others: [0, 2, 3] },
    { state: goingOn, own: 2, others: [1, 3] },
  ]
  for (const { state, own, others } of rounds) {
    for (const name of ['collecting', 'aggregating', 'evaluating', 'evaluated'] as const) {
      const before = state[name]
      assert.equal(roundOf(before), own)
      for (const event of wanted[name](own)) assert.notEqual(stepRun(before, event, rules, now), before)
      for (const event of others.flatMap(wanted[name])) {
        const what = `${JSON.stringify(event)} in ${name} of round ${own}`
        assert.equal(stepRun(before, event, rules, now), before, what)
        assert.equal(stepRun(before, event, rules, now + 1e9), before, what)
      }
    }
  }
})

test('the update of a partner does not pass for its metrics, nor its metrics for an update', () => {
  const tasks = [
    [going.collecting, 'train', 'evaluate'],
    [going.evaluating, 'evaluate', 'train'],
  ] as const
  for (const [state, own, other] of tasks) {
    for (const answer of [received, unable]) {
      assert.notEqual(stepRun(state, answer('a', own), rules, now), state)
      assert.equal(stepRun(state, answer('a', other), rules, now), state)
      assert.equal(stepRun(state, answer('a', other), rules, now + 1e9), state)
    }
  }
})

test('a run can be cancelled at any time, in the round where it is', () => {
  for (const [what, state] of Object.entries(going)) {
    assert.deepEqual(play(state, { kind: 'cancelled' }), { phase: 'cancelled', round: 1 }, what)
  }
  assert.deepEqual(play(created, { kind: 'cancelled' }), { phase: 'cancelled', round: 0 })
  assert.deepEqual(play(second, { kind: 'cancelled' }), { phase: 'cancelled', round: 2 })
})

test('the hub can fail at any time, in the round where it is, and says why', () => {
  const reason = { kind: 'hub-failed', code: 'disk-full' } as const
  for (const at of [now, now + 1e9]) {
    const fail = (state: RunState): RunState =>
      stepRun(state, { kind: 'hub-failed', code: 'disk-full' }, rules, at)
    assert.deepEqual(fail(created), { phase: 'failed', round: 0, reason })
    for (const [what, state] of Object.entries(going)) {
      assert.deepEqual(fail(state), { phase: 'failed', round: 1, reason }, what)
    }
    for (const [what, state] of Object.entries(goingOn)) {
      assert.deepEqual(fail(state), { phase: 'failed', round: 2, reason }, what)
    }
  }
})

const amended = { kind: 'agreement-amended', version: 3, why: 'the purpose is another one' } as const

test('new terms can end a run at any time, in the round where it is, and it says why', () => {
  for (const [what, state] of Object.entries(going))
    assert.deepEqual(play(state, amended), { phase: 'failed', round: 1, reason: amended }, what)
  assert.deepEqual(play(created, amended), { phase: 'failed', round: 0, reason: amended })
  assert.deepEqual(play(second, amended), { phase: 'failed', round: 2, reason: amended })
})

test('what is over stays as it is, whatever comes', () => {
  const always: RunEvent[] = [tick, { kind: 'cancelled' }, { kind: 'hub-failed', code: 'disk-full' }, amended]
  for (const state of Object.values(over)) {
    const events = [...always, ...names.flatMap(name => wanted[name](state.round))]
    for (const event of events) assert.equal(stepRun(state, event, rules, now + 1e9), state, event.kind)
  }
})

test('deadlines are there while something outside is waited for', () => {
  assert.deepEqual(Object.values(going).map(deadlineOf), [now + 10_000, now + 20_000, null, now + 5000, null])
  for (const state of [created, ...Object.values(over)]) assert.equal(deadlineOf(state), null)
})

test('nothing is waited for longer than a whole wait, though the clock that set its deadline was put back', () => {
  const waiting = [going.selecting, going.collecting, going.evaluating] as const
  const waits = [10_000, 20_000, 5000]
  for (const [index, state] of waiting.entries()) {
    const wait = waits[index]!
    assert.equal(isTimeToStep(state, rules, now), false)
    assert.equal(stepRun(state, tick, rules, now), state)
    const back = now - 3_600_000
    assert.equal(isTimeToStep(state, rules, back), true)
    assert.deepEqual(stepRun(state, tick, rules, back), { ...state, deadline: back + wait })
    assert.equal(isTimeToStep(state, rules, now + wait), true, 'late')
  }
  for (const state of [created, going.aggregating, going.evaluated, ...Object.values(over)])
    assert.equal(isTimeToStep(state, rules, now - 3_600_000), false)
})

test('an evaluation is complete, and has no deadline to wake up for, when nobody is waited for', () => {
  const both = play(going.aggregating, aggregated(['a', 'b']))
  const half = play(both, received('a', 'evaluate'))
  for (const open of [both, half]) {
    assert.equal(isEvaluated(open), false)
    assert.equal(deadlineOf(open), now + 5000)
  }
  const complete = [
    going.evaluated,
    play(half, unable('b', 'evaluate')),
    play(half, received('b', 'evaluate')),
    stepRun(half, tick, rules, now + 5000),
  ]
  for (const state of complete) {
    assert.equal(isEvaluated(state), true)
    assert.equal(deadlineOf(state), null)
    assert.equal(stepRun(state, tick, rules, now + 1e9), state, 'time alone ends it no more')
  }
  for (const state of [created, selecting, going.aggregating, over.done])
    assert.equal(isEvaluated(state), false)
})

test('a run is over when it is done, failed or cancelled', () => {
  for (const state of Object.values(over)) assert.equal(isOver(state), true)
  for (const state of [created, ...Object.values(going)]) assert.equal(isOver(state), false)
})

test('the round is told in every phase', () => {
  assert.equal(roundOf(created), 0)
  for (const state of Object.values(going)) assert.equal(roundOf(state), 1)
  for (const state of Object.values(goingOn)) assert.equal(roundOf(state), 2)
  assert.deepEqual(Object.values(over).map(roundOf), [3, 1, 2])
})
