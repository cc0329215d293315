import assert from 'node:assert/strict'
import test from 'node:test'
import {
  deadlineOf,
  isEvaluated,
  isOver,
  type Participant,
  type RunEvent,
  type RunRules,
  type RunState,
  roundOf,
  stepRun,
  type Work,
} from './run-machine.ts'

/**
 * Runs under thousands of random histories: events repeated, out of order, late, of another round, of another kind of
 * work or of strangers, a clock that jumps, an end at any time. After every step the promises below must hold; a
 * failure prints its seed.
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
    privacy: { secureAggregation: false },
    evaluation: { every: 1 + random(3) },
    stop: {
      ...(random(3) === 0 && { target: 0.6 }),
      ...(random(3) === 0 && { patience: 1 + random(2) }),
    },
  }
}

type Scored = Extract<RunEvent, { kind: 'scored' }>

function scored(random: Random, round: number): Scored {
  const value = (): number | null => (random(8) === 0 ? null : random(100) / 100)
  const scores = Array.from({ length: round }, (_, index) => ({
    round: index + 1,
    loss: value(),
    accuracy: value(),
  }))
  return { kind: 'scored', round, scores }
}

const workOf: Partial<Record<RunState['phase'], Work>> = { training: 'train', evaluating: 'evaluate' }

/** Something that a state of this phase waits for in this round, or what may come at any time. */
function wantedEvent(random: Random, phase: RunState['phase'], round: number, rules: RunRules): RunEvent {
  const member = oneOf(random, [...members, 'stranger'])
  const work = workOf[phase]
  if (work !== undefined) {
    if (random(7) === 0)
      return { kind: 'failed', round, work, member, failure: { code: 'internal', reference: 'x' } }
    if (random(7) > 0) return { kind: 'received', round, work, member }
    if (work === 'train') return { kind: 'aggregated', round, evaluators: someOf(random, 0) }
    return scored(random, round)
  }
  if (phase === 'created') return { kind: 'started' }
  if (phase !== 'selecting') return random(4) === 0 ? { kind: 'cancelled' } : { kind: 'time-passed' }
  return random(3) === 0
    ? { kind: 'partners-short', waitingFor: oneOf(random, ['b', 'c']) }
    : { kind: 'partners-drawn', members: drawnBy(random, rules) }
}

/** Now and then too few, nobody, or somebody twice. */
function drawnBy(random: Random, { federation }: RunRules): string[] {
  const drawn = someOf(random, random(8) === 0 ? 0 : federation.partnersMin)
  return random(8) === 0 ? [...drawn, ...drawn.slice(0, 2)] : drawn
}

/** What could happen: mostly what the state waits for, now and then anything at all. */
function randomEvent(random: Random, state: RunState, rules: RunRules): RunEvent {
  const round = random(12) > 0 ? roundOf(state) : random(rules.federation.rounds + 2)
  if (random(12) > 0) return otherWork(random, wantedEvent(random, state.phase, round, rules))
  const anything = random(36)
  if (anything < 12) return { kind: 'time-passed' }
  if (anything < 14) return { kind: 'hub-failed', code: 'disk-full' }
  return wantedEvent(random, oneOf(random, phases), round, rules)
}

function otherWork(random: Random, event: RunEvent): RunEvent {
  if (!('work' in event) || random(12) > 0) return event
  return { ...event, work: event.work === 'train' ? 'evaluate' : 'train' }
}

/** What would keep an event from concerning a state, were it not for that. */
function strayIn(event: RunEvent, state: RunState): 'round' | 'work' | undefined {
  if ('round' in event && event.round !== roundOf(state)) return 'round'
  return 'work' in event && event.work !== workOf[state.phase] ? 'work' : undefined
}

const next: Record<RunState['phase'], readonly RunState['phase'][]> = {
  created: ['selecting', 'failed', 'cancelled'],
  selecting: ['selecting', 'training', 'failed', 'cancelled'],
  training: ['training', 'selecting', 'evaluating', 'failed', 'cancelled'],
  evaluating: ['evaluating', 'selecting', 'done', 'failed', 'cancelled'],
  done: [],
  failed: [],
  cancelled: [],
}

const phases = Object.keys(next) as RunState['phase'][]

function participantsOf(state: RunState): readonly Participant[] {
  return 'seats' in state ? state.seats : []
}

function countOf(seats: readonly Participant[], outcome: Participant['outcome']): number {
  return new Set(
    seats.filter(participant => participant.outcome === outcome).map(participant => participant.member),
  ).size
}

/** How long a phase may last, by the rules. */
function longest({ federation }: RunRules): number {
  const { startWithinSeconds, roundWithinSeconds, evaluateWithinSeconds } = federation
  return (startWithinSeconds + roundWithinSeconds + evaluateWithinSeconds) * 1000
}

/** One change and what led to it. */
interface Change {
  readonly before: RunState
  readonly event: RunEvent
  readonly after: RunState
  readonly rules: RunRules
  readonly now: number
}

function checkChange(change: Change): void {
  const { before, event, after, rules } = change
  assert.ok(next[before.phase].includes(after.phase), `${before.phase} → ${after.phase}`)
  const [from, to] = [roundOf(before), roundOf(after)]
  assert.ok(to === from || to === from + 1, `round ${from} → ${to}`)
  assert.ok(to <= rules.federation.rounds, `round ${to} of ${rules.federation.rounds}`)
  if (to > from) assert.equal(after.phase, 'selecting', 'a round begins with a selection')
  if (before.phase === 'training' && (after.phase === 'selecting' || after.phase === 'evaluating')) {
    assert.ok(before.stage === 'aggregating' && event.kind === 'aggregated', 'a round was passed over')
  }
  checkParticipants(change)
  checkEnd(change)
}

function checkParticipants({ before, event, after, rules, now }: Change): void {
  const [was, is] = [participantsOf(before), participantsOf(after)]
  if (before.phase !== after.phase || roundOf(before) !== roundOf(after)) {
    assert.equal(countOf(is, 'waiting'), is.length, 'a task was settled before it was given, or given twice')
    if (after.phase === 'training') assert.ok(is.length >= rules.federation.partnersMin, 'too few drawn')
    if ('deadline' in after) assert.ok(after.deadline > now && after.deadline <= now + longest(rules))
    return
  }
  assert.equal(is.length, was.length)
  if ('deadline' in before && 'deadline' in after) assert.equal(after.deadline, before.deadline)
  for (const [index, participant] of is.entries()) {
    const before = was[index]!
    assert.equal(participant.member, before.member, 'another member took a place')
    if (before.outcome !== 'waiting')
      assert.equal(participant.outcome, before.outcome, 'a task was settled twice')
    else if (participant.outcome === 'late')
      assert.ok('deadline' in after && now >= after.deadline, 'late too early')
    else if (participant.outcome !== 'waiting') {
      assert.equal(event.kind, participant.outcome)
      assert.ok('member' in event && event.member === participant.member, 'settled by somebody else')
    }
  }
  if (after.phase === 'training' && after.stage === 'aggregating') {
    assert.ok(countOf(is, 'received') >= rules.federation.partnersMin, 'aggregated with too few updates')
    assert.equal(countOf(is, 'waiting'), 0)
  }
}

function checkEnd({ before, event, after, rules }: Change): void {
  assert.equal(after.phase === 'cancelled', event.kind === 'cancelled')
  if (event.kind === 'hub-failed') {
    const reason = { kind: 'hub-failed', code: event.code }
    assert.deepEqual(after, { phase: 'failed', round: roundOf(before), reason })
  } else if (after.phase === 'failed' && after.reason.kind === 'updates-missing') {
    const { received, seats, needed } = after.reason
    assert.equal(needed, rules.federation.partnersMin)
    assert.equal(received, countOf(seats, 'received'))
    assert.ok(received + countOf(seats, 'waiting') < needed, 'failed too early')
  } else if (after.phase === 'failed') {
    assert.ok(before.phase === 'selecting' && after.reason.kind === 'partners-missing')
  } else if (after.phase === 'done') {
    assert.ok(event.kind === 'scored' && isEvaluated(before), 'done before the evaluation')
    checkResult(after, event, rules)
  }
}

/** Why a run may be done, and which round is then its result. */
function checkResult(
  done: Extract<RunState, { phase: 'done' }>,
  { scores }: Scored,
  { stop, federation }: RunRules,
): void {
  const lowest = scores.filter(({ loss }) => loss !== null).sort((a, b) => a.loss! - b.loss!)[0]
  const best = stop.patience === undefined ? done.round : (lowest?.round ?? done.round)
  assert.equal(done.best, best, `${done.because}: with patience the lowest loss is the result, else the last`)
  if (done.because === 'target') assert.ok(scores.at(-1)!.accuracy! >= stop.target!)
  else if (done.because === 'patience') assert.ok(done.round - best >= stop.patience!)
  else assert.equal(done.round, federation.rounds)
}

/** A state is over, or waits for the hub itself, or has a deadline at which time alone changes it. */
function checkWaiting(state: RunState, rules: RunRules): void {
  const deadline = deadlineOf(state)
  const isAggregating = state.phase === 'training' && state.stage === 'aggregating'
  if (isOver(state) || state.phase === 'created' || isEvaluated(state) || isAggregating) {
    assert.equal(deadline, null)
    return
  }
  assert.ok(deadline !== null, 'waits without a deadline')
  const tick = { kind: 'time-passed' } as const
  assert.equal(stepRun(state, tick, rules, deadline - 1), state, 'changed before its deadline')
  assert.notEqual(stepRun(state, tick, rules, deadline), state, 'stuck after its deadline')
}

/** So that a step that changes its input throws. What JSON would lose on the way to the database throws too. */
function freeze<T>(value: T): T {
  assert.ok(value !== undefined && (typeof value !== 'number' || Number.isFinite(value)), 'lost in JSON')
  if (typeof value === 'object' && value !== null && !Object.isFrozen(value)) {
    Object.freeze(value)
    Object.values(value).forEach(freeze)
  }
  return value
}

interface World {
  state: RunState
  now: number
  /** Events that would have changed something, had their round or their work been the present one. */
  readonly strays: { round: number; work: number }
}

function worldAt(now: number): World {
  return { state: freeze({ phase: 'created' }), now, strays: { round: 0, work: 0 } }
}

function advance(world: World, event: RunEvent, rules: RunRules): void {
  const { state: before, now, strays } = world
  const after = stepRun(before, freeze(event), rules, now)
  const stray = strayIn(event, before)
  if (stray !== undefined) {
    assert.equal(after, before, `an event of another ${stray} changed something`)
    const own = { ...event, round: roundOf(before), ...('work' in event && { work: workOf[before.phase] }) }
    if (stepRun(before, own as RunEvent, rules, now) !== before) strays[stray]++
  }
  if (after === before) {
    const isEnd = event.kind === 'cancelled' || event.kind === 'hub-failed'
    assert.ok(!isEnd || isOver(before), `${event.kind} did not end a run that is ${before.phase}`)
    return
  }
  const text = JSON.stringify(freeze(after))
  assert.notEqual(text, JSON.stringify(before), 'the same state came as another object')
  assert.equal(JSON.stringify(stepRun(before, event, rules, now)), text, 'the same step came out differently')
  checkChange({ before, event, after, rules, now })
  checkWaiting(after, rules)
  world.state = after
}

/** Nobody answers any more: the hub does only what is its own, and waits for deadlines. */
function runOut(world: World, rules: RunRules): void {
  const begun = world.now
  for (let steps = 0; !isOver(world.state); steps++) {
    assert.ok(steps < 20 * rules.federation.rounds + 20, 'the run does not end')
    const { state } = world
    const round = roundOf(state)
    if (state.phase === 'created') advance(world, { kind: 'started' }, rules)
    else if (state.phase === 'training' && state.stage === 'aggregating') {
      advance(world, { kind: 'aggregated', round, evaluators: members }, rules)
    } else if (isEvaluated(state))
      advance(
        world,
        scored(() => 1, round),
        rules,
      )
    else {
      world.now = Math.max(world.now, deadlineOf(state)!)
      advance(world, { kind: 'time-passed' }, rules)
    }
  }
  const took = world.now - begun
  assert.ok(took <= rules.federation.rounds * longest(rules), 'the run ends later than its deadlines')
}

function endingOf(state: RunState): string {
  if (state.phase === 'done') return `done: ${state.because}`
  return state.phase === 'failed' ? `failed: ${state.reason.kind}` : state.phase
}

test(`${seeds} random histories keep every promise and come to an end`, () => {
  const seen = new Map<string, number>()
  const count = (what: string, times = 1): unknown => seen.set(what, (seen.get(what) ?? 0) + times)
  for (let seed = 1; seed <= seeds; seed++) {
    const random = randomOf(seed)
    const rules = freeze(rulesOf(random))
    const world = worldAt(1_000_000)
    const past: RunEvent[] = []
    try {
      for (let left = 10 + random(80); left > 0; left--) {
        world.now += oneOf(random, [0, 0, 0, 1, 10, 1000, 20_000, random(10) === 0 ? 1e7 : 0])
        const isRepeat = past.length > 0 && random(6) === 0
        const event = isRepeat ? oneOf(random, past) : randomEvent(random, world.state, rules)
        past.push(event)
        const { phase } = world.state
        advance(world, event, rules)
        if (event.kind === 'hub-failed') count(`hub-failed in ${phase}`)
      }
      runOut(world, rules)
    } catch (error) {
      throw new Error(`seed ${seed}, after ${past.length} events`, { cause: error })
    }
    count(endingOf(world.state))
    for (const [what, times] of Object.entries(world.strays)) count(`stray ${what}`, times)
  }
  const endings = ['done: rounds', 'done: target', 'done: patience', 'cancelled']
  const failures = ['partners-missing', 'updates-missing', 'hub-failed'].map(kind => `failed: ${kind}`)
  const stopped = ['created', 'selecting', 'training', 'evaluating'].map(phase => `hub-failed in ${phase}`)
  for (const what of [...endings, ...failures, ...stopped, 'stray round', 'stray work']) {
    assert.ok((seen.get(what) ?? 0) >= 10, `hardly ever: ${what} ${JSON.stringify([...seen])}`)
  }
})

test('when all partners answer, a run of any length is done, whatever the rules', () => {
  for (let seed = 1; seed <= 200; seed++) {
    const random = randomOf(seed)
    const rules = { ...rulesOf(random), stop: {} }
    const world = worldAt(0)
    const rounds: number[] = []
    try {
      for (let steps = 0; !isOver(world.state); steps++) {
        assert.ok(steps < 20 * rules.federation.rounds, 'the run does not end')
        const { state } = world
        const round = roundOf(state)
        const waiting = participantsOf(state).filter(participant => participant.outcome === 'waiting')
        const work = workOf[state.phase]
        if (state.phase === 'created') advance(world, { kind: 'started' }, rules)
        else if (work === undefined) advance(world, { kind: 'partners-drawn', members }, rules)
        else if (waiting.length > 0)
          advance(world, { kind: 'received', round, work, member: oneOf(random, waiting).member }, rules)
        else if (work === 'evaluate') advance(world, scored(random, round), rules)
        else {
          rounds.push(round)
          advance(world, { kind: 'aggregated', round, evaluators: someOf(random, 0) }, rules)
        }
      }
      const { rounds: all } = rules.federation
      const inOrder = Array.from({ length: all }, (_, index) => index + 1)
      assert.deepEqual(rounds, inOrder)
      assert.deepEqual(world.state, { phase: 'done', because: 'rounds', round: all, best: all })
    } catch (error) {
      throw new Error(`seed ${seed}`, { cause: error })
    }
  }
})
