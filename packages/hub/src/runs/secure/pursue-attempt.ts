import { type Aggregator, exposuresOf, type Opened } from '@consort/privacy'
import { type HubContext, type HubTransaction, record } from '../../context.ts'
import type { RunRecord } from '../run-record.ts'
import { type Attempt, closeStage, isCollecting, presenceIn } from './attempt.ts'

/** How long a stage of small messages may take: a node may be starting again. */
const stageMs = 60_000

/** Closes the present stage when all have answered or its time is up; says whether it did. */
export async function closeDueStage(context: HubContext, run: RunRecord, attempt: Attempt): Promise<boolean> {
  const { state, deadline } = attempt
  if (!isCollecting(state)) return false
  const now = context.now().getTime()
  const { expected, present } = presenceIn(state)
  const isComplete = expected.every(name => present.includes(name))
  // The first stage ends with the training, which the run's own state has seen to.
  const isDue = isComplete || deadline === null || now >= deadline
  if (!isDue) return false
  const next = closeStage(state)
  await context.database.transaction().execute(async transaction => {
    await keepStage(transaction, run, attempt, next, now)
    await leaveOut(context, transaction, attempt, {
      names: state.context.members.map(({ name }) => name).filter(name => !stillIn(next).includes(name)),
    })
    if (next.stage === 'opened') await recordOpened(context, transaction, run, attempt, next)
  })
  context.waiting.announce(`aggregation ${run.id}`)
  return true
}

async function keepStage(
  transaction: HubTransaction,
  run: RunRecord,
  { round, attempt, isOpened }: Attempt,
  next: Aggregator,
  now: number,
): Promise<void> {
  const roundMs = run.recipe.federation.roundWithinSeconds * 1000
  const ms = next.stage === 'collecting-inputs' ? roundMs : Math.min(stageMs, roundMs)
  await transaction
    .updateTable('aggregation')
    .set({
      state: JSON.stringify(next),
      deadline: isCollecting(next) ? now + ms : null,
      opened: isOpened || next.stage === 'collecting-openings' ? 1 : 0,
    })
    .where('run', '=', run.id)
    .where('round', '=', round)
    .where('attempt', '=', attempt)
    .execute()
}

/** Whoever may still take part, or is part of the sum. */
function stillIn(state: Aggregator): readonly string[] {
  switch (state.stage) {
    case 'opened':
      return state.survivors
    case 'discarded':
      return state.context.members.map(({ name }) => name) // their tasks end with the round
    case 'collecting-openings':
      return state.list.survivors // an input stays in the sum though its member may be gone
    default:
      return presenceIn(state).expected
  }
}

/** Tasks of those who dropped out are closed, which tells them. */
async function leaveOut(
  context: HubContext,
  transaction: HubTransaction,
  { run, round }: Attempt,
  { names }: { names: readonly string[] },
): Promise<void> {
  if (names.length === 0) return
  const rows = await transaction
    .selectFrom('task')
    .innerJoin('member', 'member.id', 'task.member')
    .select(['task.id', 'task.member'])
    .where('task.run', '=', run)
    .where('task.round', '=', round)
    .where('task.work', '=', 'train')
    .where('task.state', '=', 'open')
    .where('member.name', 'in', [...names])
    .execute()
  for (const { id, member } of rows) {
    const settled = context.now().toISOString()
    await transaction.updateTable('task').set({ state: 'closed', settled }).where('id', '=', id).execute()
    await transaction
      .updateTable('member')
      .set(({ eb }) => ({ missed: eb('missed', '+', 1) }))
      .where('id', '=', member)
      .execute()
  }
}

/** What this sum and the earlier ones of the run say together (So et al. 2021) goes into the log and the run's report. */
async function recordOpened(
  context: HubContext,
  transaction: HubTransaction,
  run: RunRecord,
  { round, attempt }: Attempt,
  { survivors }: Opened,
): Promise<void> {
  const earlier = await transaction
    .selectFrom('aggregation')
    .innerJoin('run', 'run.id', 'aggregation.run')
    .select(['aggregation.run', 'aggregation.round', 'aggregation.state'])
    .where('run.recipe_digest', '=', run.recipeDigest)
    .where(({ eb, or }) => or([eb('aggregation.run', '!=', run.id), eb('aggregation.round', '<', round)]))
    .execute()
  const sums = earlier
    .map(row => ({ ...row, state: JSON.parse(row.state) as Aggregator }))
    .flatMap(({ run: other, round: at, state }) =>
      state.stage === 'opened'
        ? [{ ...(other !== run.id && { run: other }), round: at, survivors: state.survivors }]
        : [],
    )
  const exposures = exposuresOf([...sums, { round, survivors }])
  await transaction
    .updateTable('aggregation')
    .set({ exposures: JSON.stringify(exposures) })
    .where('run', '=', run.id)
    .where('round', '=', round)
    .where('attempt', '=', attempt)
    .execute()
  await record(context, transaction, {
    kind: 'sum-opened',
    body: { run: run.id, round, attempt, survivors, exposures: exposures.map(({ fact }) => fact) },
  })
}
