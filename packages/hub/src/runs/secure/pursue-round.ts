import { type Aggregator, exposuresOf, type Opened } from '@consort/privacy'
import { appendEvent, type HubContext, type HubTransaction } from '../../context.ts'
import type { Attempt } from '../../sums/attempt.ts'
import { closeDueStage } from '../../sums/close-stage.ts'
import type { RunRecord } from '../run-record.ts'

/** Closes the present stage of a round's sum when it is time; says whether it did. */
export async function pursueRound(context: HubContext, run: RunRecord, attempt: Attempt): Promise<boolean> {
  return await closeDueStage(context, attempt, {
    inputsMs: run.recipe.federation.roundWithinSeconds * 1000,
    away: await membersAway(context, run, attempt),
    leaveOut: (transaction, names) => leaveOut(context, transaction, attempt, names),
    opened: (transaction, sum) => recordOpened(context, transaction, run, attempt, sum),
  })
}

/** Who has reported a failure since the training: nobody waits for them. */
async function membersAway(
  { database }: HubContext,
  { id }: RunRecord,
  { round, state }: Attempt,
): Promise<string[]> {
  const rows = await database
    .selectFrom('task')
    .innerJoin('member', 'member.id', 'task.member')
    .select('member.name')
    .where('task.run', '=', id)
    .where('task.round', '=', round)
    .where('task.work', '=', 'train')
    .where('task.state', '=', 'open')
    .execute()
  const there = rows.map(({ name }) => name)
  return state.context.members.map(({ name }) => name).filter(name => !there.includes(name))
}

/** Tasks of those who dropped out are closed, which tells them. */
async function leaveOut(
  context: HubContext,
  transaction: HubTransaction,
  { run, round }: Attempt,
  names: readonly string[],
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
  await appendEvent(context, transaction, {
    kind: 'sum-opened',
    body: { run: run.id, round, attempt, survivors, exposures: exposures.map(({ fact }) => fact) },
  })
}
