import { exposuresOf, type Opened } from '@consort/privacy'
import type { Id } from '@consort/protocol'
import { appendEvent } from '@consort/storage'
import type { LogOwner } from '../../log/log-owner.ts'
import { countMissed } from '../../members/member-store.ts'
import { type Attempt, keepExposures } from '../../sums/attempt-store.ts'
import { closeDueStage } from '../../sums/close-stage.ts'
import type { HubDatabase, HubTransaction } from '../../tables/hub-tables.ts'
import type { RunContext } from '../context.ts'
import { type RunRecord, runsOfRecipe } from '../run-store.ts'
import { settleTask } from '../tasks/task-store.ts'
import { type NamedTask, tasksByName } from '../tasks/tasks-by-name.ts'
import { sumsOfRuns } from './sums-of-runs.ts'

type RoundAttempt = Attempt<Id<'run'>>

/** Closes the current stage of a round's sum when it is time; returns true when it did. */
export async function pursueRound(
  context: Pick<RunContext, 'key' | 'database' | 'now' | 'waiting'>,
  run: RunRecord,
  attempt: RoundAttempt,
): Promise<boolean> {
  return await closeDueStage(context, attempt, {
    inputsMs: run.recipe.federation.roundWithinSeconds * 1000,
    away: await membersAway(context.database, attempt),
    leaveOut: (transaction, names) => leaveOut(transaction, attempt, names, context.now()),
    opened: (transaction, sum) => recordOpened(context, transaction, run, attempt, sum),
  })
}

function openTrainings(database: HubDatabase, { run, round }: RoundAttempt): Promise<NamedTask[]> {
  return tasksByName(database, { run, round, work: 'train', state: 'open' })
}

/** Who has reported a failure since the training: nobody waits for them. */
async function membersAway(database: HubDatabase, attempt: RoundAttempt): Promise<string[]> {
  const open = (await openTrainings(database, attempt)).map(({ name }) => name)
  return attempt.state.context.members.map(({ name }) => name).filter(name => !open.includes(name))
}

/** Tasks of those who dropped out are closed, which tells them. */
async function leaveOut(
  transaction: HubTransaction,
  attempt: RoundAttempt,
  names: readonly string[],
  at: Date,
): Promise<void> {
  if (names.length === 0) return
  const open = await openTrainings(transaction, attempt)
  for (const { id, member } of open.filter(({ name }) => names.includes(name))) {
    await settleTask(transaction, id, { state: 'closed', at })
    await countMissed(transaction, member)
  }
}

/**
 * What this sum and the earlier ones of the recipe say together (So et al. 2021) goes into the log and the run's
 * report.
 */
async function recordOpened(
  context: LogOwner,
  transaction: HubTransaction,
  run: RunRecord,
  attempt: RoundAttempt,
  { survivors }: Opened,
): Promise<void> {
  const { round } = attempt
  const opened = await sumsOfRuns(transaction, await runsOfRecipe(transaction, run.recipeDigest))
  const earlier = opened
    .filter(sum => sum.run !== run.id || sum.round < round)
    .map(({ run: other, ...sum }) => ({ ...(other !== run.id && { run: other }), ...sum }))
  const exposures = exposuresOf([...earlier, { round, survivors }])
  await keepExposures(transaction, attempt, exposures)
  await appendEvent(context, transaction, {
    kind: 'sum-opened',
    body: {
      run: run.id,
      round,
      attempt: attempt.attempt,
      survivors,
      exposures: exposures.map(({ fact }) => fact),
    },
  })
}
