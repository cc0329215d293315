import { isOver, type RoundScore, stopDecision } from '@consort/federation'
import type { HubContext } from '../context.ts'
import { inputScope, openSurveys } from '../surveys/survey-record.ts'
import { openRuns, type RunRecord, readRun } from './run-record.ts'
import { scoresOf } from './scores.ts'

/**
 * Removes what a run no longer needs: updates that are part of a version, and versions that can no longer become its
 * result. What a version was made of stays known; only its weights go.
 */
export async function sweepRun(context: HubContext, id: string): Promise<void> {
  const { database, blobs } = context
  const run = await readRun(database, id)
  const { state } = run
  if (state.phase !== 'selecting' && state.phase !== 'evaluating' && !isOver(state)) return
  const tasks = await database
    .selectFrom('task')
    .select('id')
    .where('run', '=', id)
    .where('work', '=', 'train')
    .where('manifest', 'is not', null)
    .execute()
  for (const task of tasks) {
    await blobs.removeScope(task.id)
    await database.updateTable('task').set({ manifest: null }).where('id', '=', task.id).execute()
  }
  const wanted = await wantedVersions(context, run)
  const kept = await database
    .selectFrom('version')
    .select('id')
    .where('run', '=', id)
    .where('kept', '=', 1)
    .execute()
  for (const version of kept) {
    if (wanted.has(version.id)) continue
    await database.updateTable('version').set({ kept: 0 }).where('id', '=', version.id).execute()
    await blobs.removeScope(version.id)
  }
}

async function wantedVersions(context: HubContext, run: RunRecord): Promise<Set<string>> {
  if (isOver(run.state)) {
    const published = await context.database
      .selectFrom('version')
      .select('id')
      .where('run', '=', run.id)
      .where('published', '=', 1)
      .execute()
    return new Set(published.map(version => version.id))
  }
  const wanted = new Set<string>([run.version])
  if (run.recipe.stop.patience === undefined) return wanted
  const best = bestRound(run, await scoresOf(context.database, run.id))
  const version = await context.database
    .selectFrom('version')
    .select('id')
    .where('run', '=', run.id)
    .where('round', '=', best)
    .executeTakeFirst()
  if (version) wanted.add(version.id)
  return wanted
}

function bestRound({ recipe }: RunRecord, scores: readonly RoundScore[]): number {
  const round = scores.at(-1)?.round ?? 0
  const decision = stopDecision({ patience: recipe.stop.patience }, { scores, round, rounds: round })
  return decision.stop ? decision.best : round
}

/** At the start: removes what a crash left behind, such as half an aggregate that no version names. */
export async function sweepOrphans({ database, blobs }: HubContext): Promise<void> {
  const open = new Set(await openRuns(database))
  const versions = await database.selectFrom('version').select('id').where('kept', '=', 1).execute()
  const tasks = await database.selectFrom('task').select(['id', 'run']).execute()
  const surveys = await openSurveys(database)
  const known = new Set([
    ...versions.map(version => version.id),
    ...tasks.filter(task => open.has(task.run)).map(task => task.id),
    ...surveys.map(survey => inputScope(survey.id)),
  ])
  for (const scope of await blobs.scopes()) if (!known.has(scope)) await blobs.removeScope(scope)
}
