import { thresholdOf } from '@consort/privacy'
import type { FederationSpec, Recipe, RefusalCode, TaskFailure } from '@consort/protocol'
import { type RoundScore, stopDecision } from './stop-rule.ts'

/** What a task asks for. */
export type Work = 'train' | 'evaluate'

/** A member that was given a task in a round, and what came of it. States are stored with these under `seats`. */
export interface Participant {
  readonly member: string
  readonly outcome: 'waiting' | 'received' | 'failed' | 'late'
  readonly failure?: { readonly code: TaskFailure; readonly reference: string }
}

/** Deadlines are milliseconds since 1970 by the hub's clock. */
export type RunState =
  | { readonly phase: 'created' }
  | {
      readonly phase: 'selecting'
      readonly round: number
      readonly deadline: number
      readonly waitingFor: string
      /** Which attempt at this round it is, from the second on. */
      readonly attempt?: number
    }
  | {
      readonly phase: 'training'
      readonly round: number
      readonly deadline: number
      /** `aggregating` from the moment no more updates are taken until the new version is kept. */
      readonly stage: 'collecting' | 'aggregating'
      readonly seats: readonly Participant[]
      readonly attempt?: number
    }
  | {
      readonly phase: 'evaluating'
      readonly round: number
      readonly deadline: number
      readonly seats: readonly Participant[]
    }
  | {
      readonly phase: 'done'
      readonly because: 'rounds' | 'target' | 'patience'
      readonly round: number
      readonly best: number
    }
  | { readonly phase: 'failed'; readonly round: number; readonly reason: FailReason }
  | { readonly phase: 'cancelled'; readonly round: number }

export type FailReason =
  | { readonly kind: 'partners-missing'; readonly waitingFor: string }
  | {
      readonly kind: 'updates-missing'
      readonly received: number
      readonly needed: number
      readonly seats: readonly Participant[]
    }
  /** Under secure aggregation, after so many attempts. */
  | { readonly kind: 'sums-discarded'; readonly attempts: number; readonly why: string }
  /** The hub could not do its own part; `code` says why, e.g. `disk-full`. */
  | { readonly kind: 'hub-failed'; readonly code: RefusalCode }
  /** New terms came into force that do not let the run go on. */
  | AgreementAmended

/** The version of the agreement that ends a run, and why, in words. */
interface AgreementAmended {
  readonly kind: 'agreement-amended'
  readonly version: number
  readonly why: string
}

export type RunEvent =
  | { readonly kind: 'started' }
  /** Too few partners are there; `waitingFor` says who and why, for people. */
  | { readonly kind: 'partners-short'; readonly waitingFor: string }
  | { readonly kind: 'partners-drawn'; readonly members: readonly string[] }
  | { readonly kind: 'received'; readonly round: number; readonly work: Work; readonly member: string }
  | {
      readonly kind: 'failed'
      readonly round: number
      readonly work: Work
      readonly member: string
      readonly failure: NonNullable<Participant['failure']>
    }
  /** The round's updates are one new version; these members can evaluate it. */
  | { readonly kind: 'aggregated'; readonly round: number; readonly evaluators: readonly string[] }
  /**
   * Too few were left to open the sum, and nothing of it was learnt. Where members have opened shares already they take
   * part in no other attempt at this round.
   */
  | {
      readonly kind: 'sum-discarded'
      readonly round: number
      readonly why: string
      readonly isOpened: boolean
    }
  /** The hub has tried its own part for long enough. */
  | { readonly kind: 'hub-failed'; readonly code: RefusalCode }
  | AgreementAmended
  /** Scores of all evaluations so far, this round's included. */
  | { readonly kind: 'scored'; readonly round: number; readonly scores: readonly RoundScore[] }
  | { readonly kind: 'time-passed' }
  | { readonly kind: 'cancelled' }

export interface RunRules {
  readonly federation: Pick<
    FederationSpec,
    'rounds' | 'partnersMin' | 'startWithinSeconds' | 'roundWithinSeconds' | 'evaluateWithinSeconds'
  >
  readonly privacy: Pick<Recipe['privacy'], 'secureAggregation'>
  readonly evaluation: Pick<Recipe['evaluation'], 'every'>
  readonly stop: Recipe['stop']
}

/**
 * The life of a run: created → selecting → training → evaluating → … → done | failed | cancelled. Pure: the hub keeps
 * the state and does what a new state asks for. An event that does not concern the present
 * state, or its round, changes nothing.
 */
export function stepRun(state: RunState, event: RunEvent, rules: RunRules, now: number): RunState {
  if (isOver(state)) return state
  if ('round' in event && event.round !== roundOf(state)) return state
  if ('work' in event && event.work !== workOf(state)) return state
  if (event.kind === 'hub-failed') {
    return { phase: 'failed', round: roundOf(state), reason: { kind: 'hub-failed', code: event.code } }
  }
  if (event.kind === 'agreement-amended') return { phase: 'failed', round: roundOf(state), reason: event }
  if (event.kind === 'cancelled') return { phase: 'cancelled', round: roundOf(state) }
  if (state.phase === 'created') return event.kind === 'started' ? selecting(1, rules, now) : state
  const timed = withinReach(state, rules, now)
  switch (timed.phase) {
    case 'selecting':
      return stepSelecting(timed, event, rules, now)
    case 'training':
      return stepTraining(timed, event, rules, now)
    case 'evaluating':
      return stepEvaluating(timed, event, rules, now)
  }
}

type Over = Extract<RunState, { phase: 'done' | 'failed' | 'cancelled' }>
type In<P extends RunState['phase']> = Extract<RunState, { phase: P }>

export function isOver(state: RunState): state is Over {
  return state.phase === 'done' || state.phase === 'failed' || state.phase === 'cancelled'
}

/** What the tasks of the present state ask for. */
function workOf(state: RunState): Work | undefined {
  if (state.phase === 'training') return 'train'
  return state.phase === 'evaluating' ? 'evaluate' : undefined
}

/** The round that a run is in, or ended in; 0 before the first. */
export function roundOf(state: RunState): number {
  return state.phase === 'created' ? 0 : state.round
}

/** When what a state waits for is late; null when nothing is being waited for. */
export function deadlineOf(state: RunState): number | null {
  if ((state.phase === 'training' && state.stage === 'aggregating') || isEvaluated(state)) return null
  return 'deadline' in state ? state.deadline : null
}

/**
 * Whether `time-passed` would change something: what is waited for is late, or its deadline is further away than a
 * whole wait. The second is so where the deadline was set by a clock that had run ahead and was put right since.
 */
export function isTimeToStep(state: RunState, rules: RunRules, now: number): boolean {
  const deadline = deadlineOf(state)
  return deadline !== null && (now >= deadline || withinReach(state, rules, now) !== state)
}

/** The state with its deadline no further away than a whole wait. */
function withinReach<State extends RunState>(state: State, { federation }: RunRules, now: number): State {
  if (!('deadline' in state)) return state
  const seconds = {
    selecting: federation.startWithinSeconds,
    training: federation.roundWithinSeconds,
    evaluating: federation.evaluateWithinSeconds,
  }[state.phase]
  const latest = now + seconds * 1000
  return state.deadline > latest ? { ...state, deadline: latest } : state
}

function selecting(round: number, { federation }: RunRules, now: number): In<'selecting'> {
  return {
    phase: 'selecting',
    round,
    deadline: now + federation.startWithinSeconds * 1000,
    waitingFor: 'partners',
  }
}

function stepSelecting(
  state: In<'selecting'>,
  event: RunEvent,
  { federation }: RunRules,
  now: number,
): RunState {
  const drawn = event.kind === 'partners-drawn' ? [...new Set(event.members)] : []
  if (drawn.length > 0 && drawn.length >= federation.partnersMin) {
    const seats = drawn.map(member => ({ member, outcome: 'waiting' }) as const)
    const deadline = now + federation.roundWithinSeconds * 1000
    return { phase: 'training', ...attemptOf(state), deadline, stage: 'collecting', seats }
  }
  const waitingFor = event.kind === 'partners-short' ? event.waitingFor : state.waitingFor
  if (now >= state.deadline)
    return { phase: 'failed', round: state.round, reason: { kind: 'partners-missing', waitingFor } }
  return waitingFor === state.waitingFor ? state : { ...state, waitingFor }
}

function stepTraining(state: In<'training'>, event: RunEvent, rules: RunRules, now: number): RunState {
  if (state.stage === 'aggregating') {
    if (event.kind === 'sum-discarded') return afterDiscard(state, event, rules, now)
    return event.kind === 'aggregated' ? afterAggregation(state, event.evaluators, rules, now) : state
  }
  const seats = settle(state.seats, event, now >= state.deadline)
  if (seats === state.seats) return state
  const received = seats.filter(participant => participant.outcome === 'received').length
  const waiting = seats.filter(participant => participant.outcome === 'waiting').length
  const isSecure = rules.privacy.secureAggregation
  const needed = isSecure ? thresholdOf(seats.length) : rules.federation.partnersMin
  if (received + waiting < needed && isSecure) {
    const why = `only ${received} of ${seats.length} partners trained, and ${needed} are needed`
    return afterDiscard(state, { why, isOpened: false }, rules, now)
  }
  if (received + waiting < needed) {
    return {
      phase: 'failed',
      round: state.round,
      reason: { kind: 'updates-missing', received, needed, seats },
    }
  }
  return { ...state, seats, stage: waiting === 0 ? 'aggregating' : 'collecting' }
}

/** After this many the run fails and says why. */
const attemptsMax = 3

/** The round is tried again with new keys; where shares were opened, the next one starts from the same weights. */
function afterDiscard(
  { round, attempt = 1 }: In<'training'>,
  { why, isOpened }: { why: string; isOpened: boolean },
  rules: RunRules,
  now: number,
): RunState {
  const isLast = isOpened && round === rules.federation.rounds
  if (attempt === attemptsMax || isLast)
    return { phase: 'failed', round, reason: { kind: 'sums-discarded', attempts: attempt, why } }
  return { ...selecting(isOpened ? round + 1 : round, rules, now), attempt: attempt + 1 }
}

function attemptOf({ round, attempt }: In<'selecting'>): { round: number; attempt?: number } {
  return attempt === undefined ? { round } : { round, attempt }
}

function afterAggregation(
  state: In<'training'>,
  evaluators: readonly string[],
  rules: RunRules,
  now: number,
): RunState {
  const { round } = state
  const isDue = round % rules.evaluation.every === 0 || round === rules.federation.rounds
  if (!isDue) return selecting(round + 1, rules, now)
  const seats = evaluators.map(member => ({ member, outcome: 'waiting' }) as const)
  return { phase: 'evaluating', round, deadline: now + rules.federation.evaluateWithinSeconds * 1000, seats }
}

/** Everyone who was asked has answered, failed or is late: the hub may count the scores. */
export function isEvaluated(state: RunState): state is In<'evaluating'> {
  return state.phase === 'evaluating' && state.seats.every(participant => participant.outcome !== 'waiting')
}

function stepEvaluating(state: In<'evaluating'>, event: RunEvent, rules: RunRules, now: number): RunState {
  if (event.kind === 'scored' && isEvaluated(state)) {
    const { round } = state
    const decision = stopDecision(rules.stop, {
      scores: event.scores,
      round,
      rounds: rules.federation.rounds,
    })
    if (!decision.stop) return selecting(round + 1, rules, now)
    return { phase: 'done', because: decision.because, round, best: decision.best }
  }
  const seats = settle(state.seats, event, now >= state.deadline)
  return seats === state.seats ? state : { ...state, seats }
}

/** A participant is settled once; what comes later for it changes nothing. */
function settle(seats: readonly Participant[], event: RunEvent, isLate: boolean): readonly Participant[] {
  let changed = false
  const settled = seats.map((participant): Participant => {
    if (participant.outcome !== 'waiting') return participant
    const { member } = participant
    if (event.kind === 'received' && event.member === member) {
      changed = true
      return { member, outcome: 'received' }
    }
    if (event.kind === 'failed' && event.member === member) {
      changed = true
      return { member, outcome: 'failed', failure: event.failure }
    }
    if (isLate) {
      changed = true
      return { member, outcome: 'late' }
    }
    return participant
  })
  return changed ? settled : seats
}
