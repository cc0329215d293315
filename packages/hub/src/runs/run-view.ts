import { deadlineOf, type FailReason, isOver, type RunState, roundOf, type Seat } from '@consort/federation'
import type { Id, RoundView, RunSummary, RunView, SignedDataCard } from '@consort/protocol'
import type { HubContext } from '../context.ts'
import type { RoundCandidate } from './cohort.ts'
import type { RunRecord } from './run-record.ts'

export async function runSummary(context: HubContext, run: RunRecord): Promise<RunSummary> {
  const names = await memberNames(context)
  return {
    id: run.id,
    recipe: run.name,
    phase: run.state.phase,
    reason: reasonOf(context, run, names),
    round: roundOf(run.state),
    rounds: run.recipe.federation.rounds,
    created: run.created,
    ended: run.ended,
    result: await publishedVersion(context, run),
  }
}

export async function runView(context: HubContext, run: RunRecord, fromRound = 1): Promise<RunView> {
  const deadline = deadlineOf(run.state)
  const traffic = (counted: Map<string, number>): number => counted.get(run.id) ?? 0
  return {
    ...(await runSummary(context, run)),
    revision: run.revision,
    recipeDigest: run.recipeDigest,
    rosterDigest: run.rosterDigest,
    agreementDigest: run.agreementDigest,
    deadline: deadline === null ? null : new Date(deadline).toISOString(),
    bytes: {
      up: run.bytes.up + traffic(context.traffic.up),
      down: run.bytes.down + traffic(context.traffic.down),
    },
    exposures: await exposuresIn(context, run),
    history: await history(context, run, fromRound),
  }
}

/** What the opened sums of the run say together. */
async function exposuresIn({ database }: HubContext, run: RunRecord): Promise<RunView['exposures']> {
  const row = await database
    .selectFrom('aggregation')
    .select('exposures')
    .where('run', '=', run.id)
    .where('opened', '=', 1)
    .orderBy('round', 'desc')
    .orderBy('attempt', 'desc')
    .executeTakeFirst()
  return row ? JSON.parse(row.exposures) : []
}

async function publishedVersion({ database }: HubContext, run: RunRecord): Promise<Id<'version'> | null> {
  if (run.state.phase !== 'done') return null
  const row = await database
    .selectFrom('version')
    .select('id')
    .where('run', '=', run.id)
    .where('published', '=', 1)
    .executeTakeFirst()
  return (row?.id as Id<'version'> | undefined) ?? null
}

async function memberNames({ database }: HubContext): Promise<Map<string, string>> {
  const rows = await database.selectFrom('member').select(['id', 'name']).execute()
  return new Map(rows.map(row => [row.id, row.name]))
}

async function history(context: HubContext, run: RunRecord, fromRound: number): Promise<RoundView[]> {
  const { database, traffic } = context
  const rounds = await database
    .selectFrom('round')
    .selectAll()
    .where('run', '=', run.id)
    .where('round', '>=', fromRound)
    .orderBy('round')
    .execute()
  const tasks = await database
    .selectFrom('task')
    .innerJoin('member', 'member.id', 'task.member')
    .innerJoin('data_card', 'data_card.id', 'task.card')
    .selectAll('task')
    .select(['member.name', 'data_card.signed as card_text'])
    .where('task.run', '=', run.id)
    .where('task.round', '>=', fromRound)
    .orderBy('member.name')
    .orderBy('task.opened')
    .execute()
  const failures = await failuresOf(context, run)
  return rounds.map(round => {
    const candidates = JSON.parse(round.candidates) as RoundCandidate[]
    const ofRound = tasks.filter(task => task.round === round.round)
    return {
      round: round.round,
      alpha: round.alpha,
      members: candidates.map(({ member, name, drawn, cost }) => {
        const task = ofRound.findLast(candidate => candidate.work === 'train' && candidate.member === member)
        return {
          member: member as Id<'member'>,
          name,
          drawn,
          cost,
          outcome: task ? outcomeOf(task.state) : null,
          failure: (task && failures.get(task.id)) ?? null,
          progress: !task
            ? 0
            : task.state === 'open'
              ? (traffic.progress.get(task.id) ?? 0)
              : task.state === 'received'
                ? 1
                : 0,
          loss: task?.loss ?? null,
          weight: task?.weight ?? null,
        }
      }),
      evaluations: ofRound
        .filter(task => task.work === 'evaluate')
        .map(task => ({
          member: task.member as Id<'member'>,
          name: task.name,
          role: (JSON.parse(task.card_text) as SignedDataCard).document.role,
          metrics: task.metrics === null ? null : JSON.parse(task.metrics),
          failure: failures.get(task.id) ?? null,
        })),
      version: round.version as Id<'version'> | null,
      seconds: round.ended === null ? null : (Date.parse(round.ended) - Date.parse(round.started)) / 1000,
    }
  })
}

function outcomeOf(state: string): RoundView['members'][number]['outcome'] {
  return state === 'open'
    ? 'waiting'
    : state === 'received'
      ? 'received'
      : state === 'failed'
        ? 'failed'
        : 'late'
}

async function failuresOf(
  { database }: HubContext,
  run: RunRecord,
): Promise<Map<string, NonNullable<Seat['failure']>>> {
  const rows = await database
    .selectFrom('task')
    .select(['id', 'failure'])
    .where('run', '=', run.id)
    .where('failure', 'is not', null)
    .execute()
  return new Map(rows.map(row => [row.id, JSON.parse(row.failure!)]))
}

/** What a run waits for, why it ended, or what keeps it: a sentence for people. */
function reasonOf(context: HubContext, run: RunRecord, names: ReadonlyMap<string, string>): string {
  const trouble = context.traffic.trouble.get(run.id)
  if (trouble) return `waits for ${trouble}`
  const { state } = run
  if (!isOver(state)) return `waits for ${waitedFor(state, names)}`
  if (state.phase === 'cancelled') return 'was cancelled'
  if (state.phase === 'failed') return failText(state.reason, names, state.round)
  const because = {
    rounds: 'all rounds are done',
    target: 'the target was reached',
    patience: 'validation loss no longer improved',
  }
  return because[state.because]
}

function waitedFor(
  state: Exclude<RunState, { phase: 'done' | 'failed' | 'cancelled' }>,
  names: ReadonlyMap<string, string>,
): string {
  if (state.phase === 'created') return 'its start'
  if (state.phase === 'selecting') return state.waitingFor
  if (state.phase === 'training' && state.stage === 'aggregating') return 'the updates to become one'
  const missing = state.seats
    .filter(seat => seat.outcome === 'waiting')
    .map(seat => names.get(seat.member) ?? seat.member)
  const what = state.phase === 'training' ? 'updates' : 'evaluations'
  return missing.length === 0 ? `the hub to count the ${what}` : `${what} of ${missing.join(', ')}`
}

const outcomeText = {
  waiting: 'still at work',
  received: 'received',
  failed: 'failed',
  late: 'no update by the deadline',
} as const

function failText(reason: FailReason, names: ReadonlyMap<string, string>, round: number): string {
  if (reason.kind === 'partners-missing')
    return `round ${round} could not start: it waited for ${reason.waitingFor}`
  if (reason.kind === 'sums-discarded')
    return `round ${round} was given up after ${reason.attempts} attempts: ${reason.why}`
  if (reason.kind === 'hub-failed') return `round ${round}: the hub could not do its part (${reason.code})`
  const seats = reason.seats.map(({ member, outcome, failure }) => {
    const name = names.get(member) ?? member
    if (failure) return `${name}: ${failure.code}, see ${failure.reference} in its log`
    return `${name}: ${outcomeText[outcome]}`
  })
  return `round ${round} cannot have the ${reason.needed} updates it needs (${seats.join('; ')})`
}
