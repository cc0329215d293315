import { isOver, type RoundScore, stopDecision } from '@consort/federation'
import type { Id } from '@consort/protocol'
import type { HubDatabase } from '../tables/hub-tables.ts'
import type { RunContext } from './context.ts'
import { type RunRecord, readRun } from './run-store.ts'
import { scoresOf } from './scores.ts'
import { announcedTasks, forgetUpdates } from './tasks/task-store.ts'
import { forgetWeights, keptVersions, resultsOf, versionOfRound } from './version-store.ts'

/**
 * Removes what a run no longer needs: updates that are part of a version, and versions that can no longer become its
 * result. What a version was made of stays known; only its weights go.
 */
export async function sweepRun(
  { database, blobs }: Pick<RunContext, 'database' | 'blobs'>,
  id: Id<'run'>,
): Promise<void> {
  const run = await readRun(database, id)
  const { state } = run
  if (state.phase !== 'selecting' && state.phase !== 'evaluating' && !isOver(state)) return
  const tasks = await announcedTasks(database, id)
  for (const task of tasks) await blobs.removeScope(task)
  await forgetUpdates(database, tasks)
  for (const task of tasks) await blobs.removeScope(task) // a chunk that came in between was still expected
  const wanted = await wantedVersions(database, run)
  for (const version of await keptVersions(database, id)) {
    if (wanted.includes(version)) continue
    await forgetWeights(database, version)
    await blobs.removeScope(version)
  }
}

async function wantedVersions(database: HubDatabase, run: RunRecord): Promise<Id<'version'>[]> {
  if (isOver(run.state)) {
    const result = (await resultsOf(database, [run.id])).get(run.id)
    return result === undefined ? [] : [result]
  }
  if (run.recipe.stop.patience === undefined) return [run.version]
  const best = await versionOfRound(database, run.id, bestRound(run, await scoresOf(database, run.id)))
  return best ? [run.version, best.id] : [run.version]
}

function bestRound({ recipe }: RunRecord, scores: readonly RoundScore[]): number {
  const round = scores.at(-1)?.round ?? 0
  const decision = stopDecision({ patience: recipe.stop.patience }, { scores, round, rounds: round })
  return decision.stop ? decision.best : round
}
