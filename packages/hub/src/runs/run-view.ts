import { deadlineOf, roundOf } from '@consort/federation'
import type { RunSummary, RunView } from '@consort/protocol'
import { memberNames } from '../members/member-store.ts'
import { latestExposures } from '../sums/attempt-store.ts'
import { condensedOr } from './condensed/condensed-run-store.ts'
import type { RunContext } from './context.ts'
import { runHistory } from './run-history.ts'
import { reasonOf } from './run-reason.ts'
import type { RunRecord } from './run-store.ts'
import { resultsOf } from './version-store.ts'

type Shown = Pick<RunContext, 'database' | 'traffic'>

/** Shows runs in a few lines each. */
export async function runSummaries(
  { database, traffic }: Shown,
  runs: readonly RunRecord[],
): Promise<RunSummary[]> {
  const names = await memberNames(database)
  const done = runs.filter(({ state }) => state.phase === 'done').map(({ id }) => id)
  const results = await resultsOf(database, done)
  return runs.map(run => ({
    id: run.id,
    recipe: run.name,
    phase: run.state.phase,
    reason: reasonOf(run, traffic.trouble.get(run.id), names),
    round: roundOf(run.state),
    rounds: run.recipe.federation.rounds,
    created: run.created,
    ended: run.ended,
    result: results.get(run.id) ?? null,
  }))
}

/** Shows one run in a few lines. */
export async function runSummary(context: Shown, run: RunRecord): Promise<RunSummary> {
  const [summary] = await runSummaries(context, [run])
  return summary!
}

/** Shows a run with its rounds from this one on; of one that is condensed, the round that stays. */
export async function runView(context: Shown, run: RunRecord, fromRound = 1): Promise<RunView> {
  const { database, traffic } = context
  const deadline = deadlineOf(run.state)
  const { exposures, history, isCondensed } = await condensedOr(database, run.id, {
    condensed: ({ round, exposures: kept }) => ({
      exposures: kept,
      history: round && round.round >= fromRound ? [round] : [],
      isCondensed: true,
    }),
    rows: async () => ({
      exposures: await latestExposures(database, run.id),
      history: await runHistory(database, { run: run.id, fromRound, progress: traffic.progress }),
      isCondensed: false,
    }),
  })
  return {
    ...(await runSummary(context, run)),
    revision: run.revision,
    recipeDigest: run.recipeDigest,
    rosterDigest: run.rosterDigest,
    agreementDigest: run.agreementDigest,
    deadline: deadline === null ? null : new Date(deadline).toISOString(),
    bytes: {
      up: run.bytes.up + (traffic.up.get(run.id) ?? 0),
      down: run.bytes.down + (traffic.down.get(run.id) ?? 0),
    },
    exposures: exposures.map(({ members, rounds, fact }) => ({
      members: [...members],
      rounds: [...rounds],
      fact,
    })),
    history,
    isCondensed,
  }
}
