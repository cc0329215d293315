import { isEvaluated, isOver, isTimeToStep, roundOf } from '@consort/federation'
import { createId, type Id, isRefusal } from '@consort/protocol'
import { appendEvent } from '@consort/storage'
import { partnersOf, rosterOf } from '../documents/roster.ts'
import { type MemberWithCard, membersWithCards } from '../members/members-with-cards.ts'
import { readAttempt } from '../sums/attempt-store.ts'
import type { HubTransaction } from '../tables/hub-tables.ts'
import { type Aggregate, aggregate, keepAggregate } from './aggregate.ts'
import { applyEvent } from './apply-event.ts'
import { type Drawing, drawRound } from './cohort.ts'
import type { RunContext } from './context.ts'
import { inNewScope } from './new-scope.ts'
import { beginRound } from './round-store.ts'
import { type RunRecord, readRun } from './run-store.ts'
import { scoresOf } from './scores.ts'
import { aggregateMasked } from './secure/aggregate-masked.ts'
import { pursueRound } from './secure/pursue-round.ts'

/** What a step of a run takes. */
export type StepContext = Omit<RunContext, 'pursue'>

/** Does the next thing that a run's state asks for and that needs no waiting; returns false when there is none. */
export async function takeStep(context: StepContext, id: Id<'run'>): Promise<boolean> {
  const run = await readRun(context.database, id)
  const { state } = run
  if (isOver(state)) return false
  if (isTimeToStep(state, run.recipe, context.now().getTime()))
    return await applyEvent(context, id, { kind: 'time-passed' })
  switch (state.phase) {
    case 'created':
      return await applyEvent(context, id, { kind: 'started' })
    case 'selecting':
      return await drawPartners(context, run, state.deadline)
    case 'training': {
      const { round } = state
      if (state.stage === 'collecting') return false
      if (run.recipe.privacy.secureAggregation) return await pursueSum(context, run, round)
      return await finishRound(context, run, round, version => aggregate(context, run, { round, version }))
    }
    case 'evaluating': {
      if (!isEvaluated(state)) return false
      const scores = await scoresOf(context.database, id)
      return await applyEvent(context, id, { kind: 'scored', round: state.round, scores })
    }
  }
}

async function drawPartners(context: StepContext, run: RunRecord, deadline: number): Promise<boolean> {
  const { database } = context
  const now = context.now()
  const since = deadline - run.recipe.federation.startWithinSeconds * 1000
  const members = await membersWithCards(database, run.recipe.dataset, now)
  const partners = partnersOf(await rosterOf(database, run.rosterDigest))
  const drawing = drawRound(run, { members, partners }, now.getTime() - since, now)
  if (drawing.kind === 'short')
    return await applyEvent(context, run.id, { kind: 'partners-short', waitingFor: drawing.waitingFor })
  const drawn = drawnIn(drawing)
  return await applyEvent(context, run.id, { kind: 'partners-drawn', members: drawn }, (trx, before) =>
    keepRound(context, trx, before, drawing),
  )
}

type Drawn = Extract<Drawing, { kind: 'drawn' }>

function drawnIn({ candidates }: Drawn): string[] {
  return candidates.filter(({ drawn }) => drawn).map(({ member }) => member)
}

async function keepRound(
  context: Pick<StepContext, 'key' | 'now'>,
  transaction: HubTransaction,
  { id: run, state }: RunRecord,
  drawing: Drawn,
): Promise<void> {
  const { alpha, candidates } = drawing
  const round = roundOf(state)
  const started = context.now().toISOString()
  await beginRound(transaction, { run, round, alpha, candidates, started })
  await appendEvent(context, transaction, {
    kind: 'round-opened',
    body: { run, round, alpha, drawn: drawnIn(drawing) },
  })
}

async function finishRound(
  context: StepContext,
  run: RunRecord,
  round: number,
  make: (version: Id<'version'>) => Promise<Aggregate>,
): Promise<boolean> {
  const version = createId('version', context.entropy)
  return await inNewScope(context.blobs, version, async () => {
    const made = await make(version)
    const evaluators = (await evaluatorsOf(context, run)).map(member => member.id)
    return await applyEvent(context, run.id, { kind: 'aggregated', round, evaluators }, (trx, before) =>
      keepAggregate(context, trx, before, { round, aggregate: made }),
    )
  })
}

/** Under secure aggregation the updates come together stage by stage, and are one sum when the last is closed. */
async function pursueSum(context: StepContext, run: RunRecord, round: number): Promise<boolean> {
  const attempt = await readAttempt(context.database, run.id, round)
  const discard = (why: string): Promise<boolean> =>
    applyEvent(context, run.id, { kind: 'sum-discarded', round, why, isOpened: attempt.isOpened })
  switch (attempt.state.stage) {
    case 'discarded':
      return await discard(attempt.state.why)
    case 'opened':
      try {
        const { state } = attempt
        return await finishRound(context, run, round, version =>
          aggregateMasked(context, run, { opened: state, version }),
        )
      } catch (error) {
        if (isRefusal(error, 'update-shape')) return await discard(error.message)
        throw error
      }
    default:
      return await pursueRound(context, run, attempt)
  }
}

/**
 * Members that are there and have records that training does not see: partners' validation splits, common test
 * sets.
 */
async function evaluatorsOf(
  { database, now }: Pick<StepContext, 'database' | 'now'>,
  run: RunRecord,
): Promise<MemberWithCard[]> {
  const members = await membersWithCards(database, run.recipe.dataset, now())
  return members.filter(
    member =>
      member.online &&
      (member.card?.evaluationExamples ?? 0) > 0 &&
      (member.role === 'evaluator' || (run.only?.includes(member.name) ?? true)),
  )
}
