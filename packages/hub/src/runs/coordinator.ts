import {
  deadlineOf,
  isEvaluated,
  isOver,
  type RunEvent,
  type RunState,
  roundOf,
  stepRun,
} from '@consort/federation'
import { isRefusal, Refusal, type RefusalCode } from '@consort/protocol'
import { appendEvent, type HubContext, type HubTransaction } from '../context.ts'
import { refusalOfFault } from '../faults.ts'
import { membersWithCards } from '../members.ts'
import { partnersOf, rosterOf } from '../roster.ts'
import { readAttempt } from '../sums/attempt.ts'
import { failSurvey, pursueSurvey } from '../surveys/pursue-survey.ts'
import { isSurvey, openSurveys, readSurvey } from '../surveys/survey-record.ts'
import { type Aggregate, aggregate, keepAggregate } from './aggregate.ts'
import { drawRound, type RoundCandidate } from './cohort.ts'
import { openTasks } from './open-tasks.ts'
import { promote } from './promote.ts'
import { openRuns, type RunRecord, readRun } from './run-record.ts'
import { scoresOf } from './scores.ts'
import { aggregateMasked } from './secure/aggregate-masked.ts'
import { openRound } from './secure/open-round.ts'
import { pursueRound } from './secure/pursue-round.ts'
import { sweepRun } from './sweep.ts'

/** Carries runs and surveys from state to state. All that it knows is in the database, so it can be killed at any moment. */
export interface Coordinator extends AsyncDisposable {
  /** Looks at a run or a survey and does what its state asks for, until it has to wait. */
  pursue(run: string): void
  /** Takes up everything that was going on when the process ended. */
  resume(): Promise<void>
}

/** How often a run that waits looks whether it still has to, beside being told: for partners, and by the clock. */
const lookEveryMs = 1000

/** How often a step is tried that fails for the hub's own reasons. */
const attemptsMax = 60

export function createCoordinator(context: HubContext): Coordinator {
  const queues = new Map<string, Promise<void>>()
  const timers = new Map<string, NodeJS.Timeout>()
  const failures = new Map<string, number>()
  let closed = false

  const pursue = (run: string): void => {
    if (closed) return
    const after = (queues.get(run) ?? Promise.resolve()).then(async () => {
      if (closed) return
      try {
        while (await takeStep(context, run)) {
          if (closed) return
          failures.delete(run)
        }
        await wakeAgain(run)
      } catch (error) {
        if (!closed) await tryLater(run, error)
      }
    })
    queues.set(run, after)
  }

  /** A full disk or another fault of the hub's own: tried again for a while, then the run fails and says so. */
  const tryLater = async (run: string, error: unknown): Promise<void> => {
    const attempts = (failures.get(run) ?? 0) + 1
    failures.set(run, attempts)
    const { code } = refusalOfFault(error) ?? new Refusal('internal', '')
    context.log.error({ run, code, attempts, error: String(error) }, 'run-step-failed')
    context.traffic.trouble.set(
      run,
      code === 'disk-full'
        ? 'room on the disk of the hub'
        : `the hub: ${code}, attempt ${attempts} of ${attemptsMax}`,
    )
    if (attempts >= attemptsMax) await giveUp(context, run, code).catch(() => false)
    timers.set(run, setTimeout(pursue, lookEveryMs, run))
  }

  const wakeAgain = async (run: string): Promise<void> => {
    clearTimeout(timers.get(run))
    const ms = await msUntilLook(context, run)
    if (ms === null) timers.delete(run)
    else timers.set(run, setTimeout(pursue, ms, run))
  }

  return {
    pursue,
    async resume() {
      for (const run of await openRuns(context.database)) pursue(run)
      for (const { id } of await openSurveys(context.database)) pursue(id)
    },
    async [Symbol.asyncDispose]() {
      closed = true
      for (const timer of timers.values()) clearTimeout(timer)
      await Promise.allSettled(queues.values())
    },
  }
}

/** When to look at a run or a survey again, though nobody told of it; null when it is over. */
async function msUntilLook(context: HubContext, id: string): Promise<number | null> {
  if (isSurvey(id)) return (await readSurvey(context.database, id)).state === 'open' ? lookEveryMs : null
  const { state } = await readRun(context.database, id)
  if (isOver(state)) return null
  const deadline = deadlineOf(state)
  if (deadline === null) return lookEveryMs
  // A timer knows nothing of a clock that is set, or of a machine that slept.
  return Math.min(Math.max(deadline - context.now().getTime(), 0), lookEveryMs)
}

/** Does the next thing that can be done without waiting; false when there is none. */
async function takeStep(context: HubContext, id: string): Promise<boolean> {
  if (isSurvey(id)) return await pursueSurvey(context, id)
  const isTaken = await takeStepOfRun(context, id)
  if (isTaken) await sweepRun(context, id)
  return isTaken
}

function giveUp(context: HubContext, id: string, code: RefusalCode): Promise<boolean> {
  if (isSurvey(id)) return failSurvey(context, { id }, `a fault of the hub: ${code}`)
  return applyEvent(context, id, { kind: 'hub-failed', code })
}

async function takeStepOfRun(context: HubContext, id: string): Promise<boolean> {
  const run = await readRun(context.database, id)
  const { state } = run
  if (isOver(state)) return false
  const now = context.now()
  const deadline = deadlineOf(state)
  if (deadline !== null && now.getTime() >= deadline && !isEvaluated(state))
    return await applyEvent(context, id, { kind: 'time-passed' })
  switch (state.phase) {
    case 'created':
      return await applyEvent(context, id, { kind: 'started' })
    case 'selecting': {
      const since = deadline! - run.recipe.federation.startWithinSeconds * 1000
      const members = await membersWithCards(context.database, run.recipe.dataset, now)
      const partners = partnersOf(await rosterOf(context.database, run.rosterDigest))
      const drawing = drawRound(run, { members, partners }, now.getTime() - since, now)
      if (drawing.kind === 'short')
        return await applyEvent(context, id, { kind: 'partners-short', waitingFor: drawing.waitingFor })
      const drawn = drawing.candidates.filter(candidate => candidate.drawn).map(candidate => candidate.member)
      return await applyEvent(
        context,
        id,
        { kind: 'partners-drawn', members: drawn },
        (transaction, before) => keepRound(context, transaction, before, drawing),
      )
    }
    case 'training': {
      if (state.stage === 'collecting') return false
      if (run.recipe.privacy.secureAggregation) return await pursueSum(context, run, state.round)
      return await finishRound(context, run, state.round, await aggregate(context, run, state.round))
    }
    case 'evaluating':
      return (
        isEvaluated(state) &&
        (await applyEvent(context, id, {
          kind: 'scored',
          round: state.round,
          scores: await scoresOf(context.database, id),
        }))
      )
  }
}

async function finishRound(
  context: HubContext,
  run: RunRecord,
  round: number,
  made: Aggregate,
): Promise<boolean> {
  const evaluators = (await evaluatorsOf(context, run)).map(member => member.id)
  return await applyEvent(context, run.id, { kind: 'aggregated', round, evaluators }, (transaction, before) =>
    keepAggregate(context, transaction, before, { round, aggregate: made }),
  )
}

/** Under secure aggregation the updates come together stage by stage, and are one sum when the last is closed. */
async function pursueSum(context: HubContext, run: RunRecord, round: number): Promise<boolean> {
  const attempt = await readAttempt(context.database, run.id, round)
  const discard = (why: string): Promise<boolean> =>
    applyEvent(context, run.id, { kind: 'sum-discarded', round, why, isOpened: attempt.isOpened })
  switch (attempt.state.stage) {
    case 'discarded':
      return await discard(attempt.state.why)
    case 'opened':
      try {
        return await finishRound(context, run, round, await aggregateMasked(context, run, attempt.state))
      } catch (error) {
        if (isRefusal(error, 'update-shape')) return await discard(error.message)
        throw error
      }
    default:
      return await pursueRound(context, run, attempt)
  }
}

/** Members that are there and have records that training does not see: partners' validation splits, common test sets. */
async function evaluatorsOf(context: HubContext, run: RunRecord) {
  const members = await membersWithCards(context.database, run.recipe.dataset, context.now())
  return members.filter(
    member =>
      member.online &&
      (member.card?.evaluationExamples ?? 0) > 0 &&
      (member.role === 'evaluator' || (run.only?.includes(member.name) ?? true)),
  )
}

/**
 * Applies an event to a run's state in one transaction with everything that the new state asks for, and says whether
 * anything changed. `along` takes part when it did.
 */
export async function applyEvent(
  context: HubContext,
  id: string,
  event: RunEvent,
  along: (transaction: HubTransaction, before: RunRecord) => Promise<void> = async () => {},
): Promise<boolean> {
  const changed = await context.database.transaction().execute(async transaction => {
    const before = await readRun(transaction, id)
    const state = stepRun(before.state, event, before.recipe, context.now().getTime())
    if (state === before.state) return false
    await along(transaction, before)
    await enterState(context, transaction, before, state)
    return true
  })
  if (changed) {
    context.waiting.announce(`run ${id}`)
    context.waiting.announce(`aggregation ${id}`)
    context.waiting.announce('tasks')
  }
  return changed
}

async function enterState(
  context: HubContext,
  transaction: HubTransaction,
  before: RunRecord,
  state: RunState,
): Promise<void> {
  const now = context.now().toISOString()
  await transaction
    .updateTable('run')
    .set({
      state: JSON.stringify(state),
      revision: before.revision + 1,
      ended: isOver(state) ? now : null,
      bytes_up: before.bytes.up + takeTraffic(context.traffic.up, before.id),
      bytes_down: before.bytes.down + takeTraffic(context.traffic.down, before.id),
    })
    .where('id', '=', before.id)
    .execute()
  const run = await readRun(transaction, before.id)
  const isNewPhase = state.phase !== before.state.phase || roundOf(state) !== roundOf(before.state)
  const { secureAggregation } = run.recipe.privacy
  // Under secure aggregation tasks go on until the sum is open.
  const hasClosed =
    isNewPhase || (state.phase === 'training' && state.stage === 'aggregating' && !secureAggregation)
  context.traffic.trouble.delete(run.id)
  if (hasClosed) await closeTasks(context, transaction, run, state)
  if (isNewPhase && (state.phase === 'training' || state.phase === 'evaluating')) {
    const seats = new Set(state.seats.map(seat => seat.member))
    const known = await membersWithCards(transaction, run.recipe.dataset, context.now())
    const members = known.filter(member => seats.has(member.id))
    const work = state.phase === 'training' ? 'train' : 'evaluate'
    await openTasks(context, transaction, run, { work, round: state.round, members })
    if (state.phase === 'training' && secureAggregation)
      await openRound(transaction, run, { round: state.round, attempt: state.attempt ?? 1, members })
  }
  if (isOver(state)) await endRun(context, transaction, run, state)
}

/** What is still open is no longer wanted; its member learns it with its next call. */
async function closeTasks(
  context: HubContext,
  transaction: HubTransaction,
  run: RunRecord,
  state: RunState,
): Promise<void> {
  const settled = context.now().toISOString()
  await transaction
    .updateTable('task')
    .set({ state: 'closed', settled })
    .where('run', '=', run.id)
    .where('state', '=', 'open')
    .execute()
  const seats =
    state.phase === 'training'
      ? state.seats
      : state.phase === 'failed' && 'seats' in state.reason
        ? state.reason.seats
        : []
  const missed = seats
    .filter(seat => seat.outcome === 'late' || seat.outcome === 'failed')
    .map(seat => seat.member)
  if (missed.length === 0) return
  await transaction
    .updateTable('member')
    .set(({ eb }) => ({ missed: eb('missed', '+', 1) }))
    .where('id', 'in', missed)
    .execute()
}

async function endRun(
  context: HubContext,
  transaction: HubTransaction,
  run: RunRecord,
  state: RunState,
): Promise<void> {
  let result: string | null = null
  if (state.phase === 'done') {
    const best = await transaction
      .selectFrom('version')
      .select(['id', 'round'])
      .where('run', '=', run.id)
      .where('round', '=', state.best)
      .executeTakeFirstOrThrow()
    result = best.id
    await transaction.updateTable('version').set({ published: 1 }).where('id', '=', best.id).execute()
    await promote(context, transaction, run, best)
  }
  const because =
    state.phase === 'done' ? state.because : state.phase === 'failed' ? state.reason.kind : 'cancelled'
  await appendEvent(context, transaction, {
    kind: 'run-ended',
    body: { run: run.id, phase: state.phase, because, version: result },
  })
}

async function keepRound(
  context: HubContext,
  transaction: HubTransaction,
  run: RunRecord,
  { alpha, candidates }: { alpha: number; candidates: readonly RoundCandidate[] },
): Promise<void> {
  const round = roundOf(run.state)
  const row = {
    run: run.id,
    round,
    alpha,
    candidates: JSON.stringify(candidates),
    started: context.now().toISOString(),
    ended: null,
    version: null,
  }
  const { run: _, round: __, ...again } = row
  await transaction
    .insertInto('round')
    .values(row)
    .onConflict(conflict => conflict.columns(['run', 'round']).doUpdateSet(again))
    .execute()
  const drawn = candidates.filter(candidate => candidate.drawn).map(candidate => candidate.member)
  await appendEvent(context, transaction, {
    kind: 'round-opened',
    body: { run: run.id, round, alpha, drawn },
  })
}

function takeTraffic(counted: Map<string, number>, run: string): number {
  const bytes = counted.get(run) ?? 0
  counted.delete(run)
  return bytes
}
