import { isOver } from '@consort/federation'
import { latestExposures, openedSums } from '../../sums/attempt-store.ts'
import type { HubTransaction } from '../../tables/hub-tables.ts'
import type { CondensedSum } from '../../tables/run-tables.ts'
import { roundsFrom } from '../round-store.ts'
import { viewsOfRounds } from '../run-history.ts'
import type { RunRecord } from '../run-store.ts'
import { cardsOfTasks, listTasks } from '../tasks/task-store.ts'
import { findCondensed, keepCondensed } from './condensed-run-store.ts'

/**
 * Writes down what stays of a run that has ended: the round of its result, the cards that its tasks were about, what
 * its sums say together, and who was in them. Of one that has it already nothing changes.
 */
export async function condenseRun(transaction: HubTransaction, run: RunRecord): Promise<void> {
  if (!isOver(run.state)) throw new Error(`The run ${run.id} goes on`)
  if (await findCondensed(transaction, run.id)) return
  const best = run.state.phase === 'done' ? run.state.best : null
  const rounds = await roundsFrom(transaction, run.id, best ?? 1)
  const shown = best === null ? rounds.at(-1) : rounds[0]
  const tasks = shown ? await listTasks(transaction, { run: run.id, round: shown.round }) : []
  const [view = null] = await viewsOfRounds(transaction, shown ? [shown] : [], { tasks })
  await keepCondensed(transaction, run.id, {
    round: view,
    exposures: await latestExposures(transaction, run.id),
    sums: lastOfEach(await openedSums(transaction, [run.id])),
    cards: await cardsOfTasks(transaction, run.id, best ?? 0),
  })
}

/** The last sum over the same members is the one that counts with those of other runs (`exposuresOf`). */
function lastOfEach(sums: readonly CondensedSum[]): CondensedSum[] {
  const byMembers = new Map(
    sums.map(({ round, survivors }) => [survivors.toSorted().join(), { round, survivors }]),
  )
  return [...byMembers.values()]
}
