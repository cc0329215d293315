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

/**
 * Runs under thousands of random histories: events repeated, out of order, late or of strangers, a clock that jumps,
 * an end at any time. After every step the promises below must hold; a failure prints its seed.
 */
const seeds = 3000
const members = ['a', 'b', 'c', 'd', 'e']

/** Mulberry32: integers below a bound, from a 32-bit seed. */
type Random = (below: number) => number

function randomOf(seed: number): Random {
  let state = seed
  return below => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) % below
  }
}

function oneOf<T>(random: Random, options: readonly T[]): T {
  return options[random(options.length)]!
}

/** Different members in random order, `least` of them or more. */
function someOf(random: Random, least: number): string[] {
  const left = [...members]
  const count = Math.min(least + random(members.length + 1 - least), members.length)
  return Array.from({ length: count }, () => left.splice(random(left.length), 1)[0]!)
}

function rulesOf(random: Random): RunRules {
  return {
    federation: {
      rounds: 1 + random(5),
      partnersMin: 1 + random(3),
      startWithinSeconds: 1 + random(100),
      roundWithinSeconds: 1 + random(100),
      evaluateWithinSeconds: 1 + random(100),
    },
    evaluation: { every: 1 + random(3) },
    stop: {
      ...(random(3) === 0 && { target: 0.6 }),
      ...(random(3) === 0 && { patience: 1 + random(2) }),
    },
  }
}

function scoresOf(random: Random, state: RunState) {
  return Array.from({ length: roundOf(state) }, (_, index) => ({
    round: index + 1,
    loss: random(8) === 0 ? null : random(100) / 100,
    accuracy: random(8) === 0 ? null : random(100) / 100,
  }))
}

/** Something that a state of this phase waits for. */
function wantedEvent(random: Random, phase: RunState['phase'], state: RunState, rules: RunRules): RunEvent {
  const member = oneOf(random, [...members, 'stranger'])
  switch (phase) {
    case 'created':
      return { kind: 'started' }
    case 'selecting':
      return random(3) === 0
        ? { kind: 'partners-short', waitingFor: oneOf(random, ['b', 'c']) }
        : { kind: 'partners-drawn', members: someOf(random, rules.federation.partnersMin) }
    case 'training':
    case 'evaluating':
      if (random(7) === 0) return { kind: 'failed', member, failure: { code: 'internal', reference: 'x' } }
      if (random(7) > 0) return { kind: 'received', member }
      return phase === 'training'
        ? { kind: 'aggregated', evaluators: someOf(random, 0) }
        : { kind: 'scored', scores: scoresOf(random, state) }
    default:
      return random(4) === 0 ? { kind: 'cancelled' } : { kind: 'time-passed' }
  }
}

/** What could happen: mostly what the state waits for, now and then anything at all. */
function randomEvent(random: Random, state: RunState, rules: RunRules): RunEvent {
  if (random(12) > 0) return wantedEvent(random, state.phase, state, rules)
  const anything = random(12)
  if (anything < 4) return { kind: 'time-passed' }
  if (anything < 6) return { kind: 'aggregation-failed', code: 'disk-full' }
  return wantedEvent(random, oneOf(random, phases), state, rules)
}

const next: Record<RunState['phase'], readonly RunState['phase'][]> = {
  created: ['created', 'selecting', 'cancelled'],
  selecting: ['selecting', 'training', 'failed', 'cancelled'],
  training: ['training', 'selecting', 'evaluating', 'failed', 'cancelled'],
  evaluating: ['evaluating', 'selecting', 'done', 'cancelled'],
  done: ['done'],
  failed: ['failed'],
  cancelled: ['cancelled'],
}

const phases = Object.keys(next) as RunState['phase'][]

function seatsOf(state: RunState): readonly Seat[] {
  return 'seats' in state ? state.seats : []
}

function countOf(seats: readonly Seat[], outcome: Seat['outcome']): number {
  return new Set(seats.filter(seat => seat.outcome === outcome).map(seat => seat.member)).size
}

/** How long a phase may last, by the rules. */
function longest({ federation }: RunRules): number {
  const { startWithinSeconds, roundWithinSeconds, evaluateWithinSeconds } = federation
  return (startWithinSeconds + roundWithinSeconds + evaluateWithinSeconds) * 1000
}

/** The promises about one step. */
function checkStep(before: RunState, event: RunEvent, after: RunState, rules: RunRules, now: number): void {
  const { rounds, partnersMin } = rules.federation
  assert.ok(next[before.phase].includes(after.phase), `${before.phase} → ${after.phase}`)
  if (isOver(before)) assert.equal(after, before, 'what is over changed')
  if (after === before) return
  assert.notEqual(JSON.stringify(after), JSON.stringify(before), 'the same state came as another object')

  const [from, to] = [roundOf(before), roundOf(after)]
  assert.ok(to === from || to === from + 1, `round ${from} → ${to}`)
  assert.ok(to <= rounds, `round ${to} of ${rounds}`)
  if (to > from) assert.equal(after.phase, 'selecting', 'a round begins with a selection')

  const isSameSitting = before.phase === after.phase && from === to
  if (isSameSitting) {
    const [was, is] = [seatsOf(before), seatsOf(after)]
    assert.deepEqual(
      is.map(seat => seat.member),
      was.map(seat => seat.member),
      'the seats changed hands',
    )
    for (const [index, seat] of was.entries()) {
      if (seat.outcome !== 'waiting') assert.deepEqual(is[index], seat, 'a seat was settled twice')
    }
    if ('deadline' in before && 'deadline' in after) assert.equal(after.deadline, before.deadline)
  } else {
    assert.ok(
      seatsOf(after).every(seat => seat.outcome === 'waiting'),
      'a seat was settled before it was taken',
    )
    if ('deadline' in after) assert.ok(after.deadline > now && after.deadline <= now + longest(rules))
  }
  for (const seat of seatsOf(after)) {
    const was = isSameSitting ? seatsOf(before).find(({ member }) => member === seat.member) : undefined
    if (was?.outcome !== 'waiting' || seat.outcome === 'waiting') continue
    if (seat.outcome === 'late')
      assert.ok('deadline' in before && now >= before.deadline, 'late before the deadline')
    else assert.deepEqual([event.kind, 'member' in event && event.member], [seat.outcome, seat.member])
  }

  if (after.phase === 'training' && after.stage === 'aggregating') {
    assert.ok(countOf(after.seats, 'received') >= partnersMin, 'aggregated with too few updates')
    assert.equal(countOf(after.seats, 'waiting'), 0)
  }
  if (
    before.phase === 'training' &&
    after.phase !== 'training' &&
    after.phase !== 'failed' &&
    after.phase !== 'cancelled'
  ) {
    assert.ok(before.stage === 'aggregating' && event.kind === 'aggregated', 'a round was passed over')
  }
  if (after.phase === 'failed' && after.reason.kind === 'updates-missing') {
    assert.equal(after.reason.received, countOf(after.reason.seats, 'received'))
    assert.ok(
      after.reason.received + countOf(after.reason.seats, 'waiting') < partnersMin,
      'failed too early',
    )
  }
  if (after.phase === 'done') {
    assert.ok(after.best >= 1 && after.best <= after.round)
    if (after.because === 'rounds') assert.equal(after.round, rounds)
    if (before.phase === 'evaluating') assert.ok(before.seats.every(seat => seat.outcome !== 'waiting'))
  }
}

/** A state is over, or waits for the hub itself, or has a deadline at which time alone changes it. */
function checkWaiting(state: RunState, rules: RunRules): void {
  const deadline = deadlineOf(state)
  if (isOver(state) || state.phase === 'created' || isEvaluated(state)) return
  if (state.phase === 'training' && state.stage === 'aggregating') {
    assert.equal(deadline, null)
    return
  }
  assert.ok(deadline !== null, 'waits without a deadline')
  assert.equal(
    stepRun(state, { kind: 'time-passed' }, rules, deadline - 1),
    state,
    'changed before its deadline',
  )
  assert.notEqual(stepRun(state, { kind: 'time-passed' }, rules, deadline), state, 'stuck after its deadline')
}

/** So that a step that changes its input throws. */
function freeze<T>(value: T): T {
  if (typeof value === 'object' && value !== null && !Object.isFrozen(value)) {
    Object.freeze(value)
    Object.values(value).forEach(freeze)
  }
  return value
}

interface World {
  state: RunState
  now: number
}

function advance(world: World, event: RunEvent, rules: RunRules): void {
  const before = freeze(world.state)
  const after = stepRun(before, freeze(event), rules, world.now)
  checkStep(before, event, after, rules, world.now)
  if (after === before) return
  const again = stepRun(before, event, rules, world.now)
  assert.equal(JSON.stringify(again), JSON.stringify(after), 'the same step came out differently')
  assert.deepEqual(JSON.parse(JSON.stringify(after)), after, 'a state that does not survive the database')
  checkWaiting(after, rules)
  world.state = after
}

/** Nobody answers any more: the hub does only what is its own, and waits for deadlines. */
function runOut(world: World, rules: RunRules): void {
  const begun = world.now
  for (let steps = 0; !isOver(world.state); steps++) {
    assert.ok(steps < 20 * rules.federation.rounds + 20, 'the run does not end')
    const { state } = world
    if (state.phase === 'created') advance(world, { kind: 'started' }, rules)
    else if (state.phase === 'training' && state.stage === 'aggregating') {
      advance(world, { kind: 'aggregated', evaluators: members }, rules)
    } else if (isEvaluated(state)) {
      advance(world, { kind: 'scored', scores: scoresOf(() => 1, state) }, rules)
    } else {
      world.now = Math.max(world.now, deadlineOf(state)!)
      advance(world, { kind: 'time-passed' }, rules)
    }
  }
  assert.ok(
    world.now - begun <= rules.federation.rounds * longest(rules),
    'the run ends later than its deadlines',
  )
}

test(`${seeds} random histories keep every promise and come to an end`, () => {
  const endings = new Map<string, number>()
  for (let seed = 1; seed <= seeds; seed++) {
    const random = randomOf(seed)
    const rules = freeze(rulesOf(random))
    const world: World = { state: { phase: 'created' }, now: 1_000_000 }
    const past: RunEvent[] = []
    try {
      for (let count = 10 + random(80); count > 0; count--) {
        world.now += oneOf(random, [0, 0, 0, 1, 10, 1000, 20_000, random(10) === 0 ? 1e7 : 0])
        const isRepeat = past.length > 0 && random(6) === 0
        const event = isRepeat ? oneOf(random, past) : randomEvent(random, world.state, rules)
        past.push(event)
        advance(world, event, rules)
      }
      runOut(world, rules)
    } catch (error) {
      throw new Error(`seed ${seed}, after ${past.length} events`, { cause: error })
    }
    const { state } = world
    const ending =
      state.phase === 'done'
        ? `done: ${state.because}`
        : state.phase === 'failed'
          ? `failed: ${state.reason.kind}`
          : state.phase
    endings.set(ending, (endings.get(ending) ?? 0) + 1)
  }
  const reached = Object.fromEntries(endings)
  for (const ending of [
    'cancelled',
    'done: rounds',
    'done: target',
    'done: patience',
    'failed: partners-missing',
    'failed: updates-missing',
    'failed: aggregation-failed',
  ]) {
    assert.ok(
      (reached[ending] ?? 0) >= 10,
      `hardly any history ended so: ${ending} ${JSON.stringify(reached)}`,
    )
  }
})

test('when all partners answer, a run of any length is done, whatever the rules', () => {
  for (let seed = 1; seed <= 200; seed++) {
    const random = randomOf(seed)
    const rules = { ...rulesOf(random), stop: {} }
    const world: World = { state: { phase: 'created' }, now: 0 }
    const rounds: number[] = []
    try {
      for (let steps = 0; !isOver(world.state); steps++) {
        assert.ok(steps < 20 * rules.federation.rounds, 'the run does not end')
        const { state } = world
        const waiting = seatsOf(state).filter(seat => seat.outcome === 'waiting')
        if (state.phase === 'created') advance(world, { kind: 'started' }, rules)
        else if (state.phase === 'selecting') advance(world, { kind: 'partners-drawn', members }, rules)
        else if (waiting.length > 0)
          advance(world, { kind: 'received', member: oneOf(random, waiting).member }, rules)
        else if (state.phase === 'training') {
          rounds.push(state.round)
          advance(world, { kind: 'aggregated', evaluators: someOf(random, 0) }, rules)
        } else advance(world, { kind: 'scored', scores: scoresOf(random, state) }, rules)
      }
    } catch (error) {
      throw new Error(`seed ${seed}`, { cause: error })
    }
    const { rounds: count } = rules.federation
    assert.deepEqual(
      rounds,
      Array.from({ length: count }, (_, index) => index + 1),
      `seed ${seed}`,
    )
    assert.deepEqual(
      world.state,
      { phase: 'done', because: 'rounds', round: count, best: count },
      `seed ${seed}`,
    )
  }
})
