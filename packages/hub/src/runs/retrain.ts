import type { Recipe, SignedDataCard } from '@consort/protocol'
import { readAgreement } from '../agreement.ts'
import { type HubContext, record } from '../context.ts'
import { startRun } from './start-run.ts'

/**
 * The agreement's rule: when partners have registered so many more examples of a data set than its last model was
 * trained on, the recipe of that model is run again. Does nothing while a run over the data set is going on.
 */
export async function retrainIfDue(context: HubContext, dataset: string): Promise<void> {
  const rule = (await readAgreement(context.database)).inForce?.document.retrainAfterExamples
  if (!rule) return
  const last = await lastModel(context, dataset)
  if (!last) return
  const added = (await examplesNow(context, dataset)) - (await examplesOfRun(context, last.run))
  if (added < rule) return
  // The key makes a second call find the run of the first.
  const run = await startRun(context, { recipe: last.recipe, idempotencyKey: `after-${last.run}` })
  await context.database
    .transaction()
    .execute(transaction =>
      record(context, transaction, { kind: 'retraining-due', body: { run: run.id, after: last.run, added } }),
    )
}

/** The last finished run over a data set with all partners; undefined while another one is going on. */
async function lastModel(
  { database }: HubContext,
  dataset: string,
): Promise<{ run: string; recipe: Recipe } | undefined> {
  const rows = await database
    .selectFrom('run')
    .select(['id', 'recipe', 'ended', 'state'])
    .where('only_members', 'is', null)
    .orderBy('created', 'desc')
    .execute()
  const runs = rows
    .map(row => ({ ...row, recipe: JSON.parse(row.recipe) as Recipe }))
    .filter(({ recipe }) => recipe.dataset === dataset)
  if (runs.some(({ ended }) => ended === null)) return undefined
  const done = runs.find(({ state }) => JSON.parse(state).phase === 'done')
  return done && { run: done.id, recipe: done.recipe }
}

async function examplesNow({ database }: HubContext, dataset: string): Promise<number> {
  const rows = await database
    .selectFrom('data_card')
    .select('signed')
    .where('dataset', '=', dataset)
    .where('current', '=', 1)
    .execute()
  return examplesIn(rows)
}

async function examplesOfRun({ database }: HubContext, run: string): Promise<number> {
  const rows = await database
    .selectFrom('task')
    .innerJoin('data_card', 'data_card.id', 'task.card')
    .select(['data_card.id', 'data_card.signed'])
    .distinct()
    .where('task.run', '=', run)
    .where('task.work', '=', 'train')
    .execute()
  return examplesIn(rows)
}

function examplesIn(cards: readonly { signed: string }[]): number {
  return cards.reduce(
    (sum, { signed }) => sum + (JSON.parse(signed) as SignedDataCard).document.trainExamples,
    0,
  )
}
