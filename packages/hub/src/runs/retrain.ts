import type { Recipe, SignedDataCard } from '@consort/protocol'
import { readAgreement } from '../agreement.ts'
import { appendEvent, type HubContext } from '../context.ts'
import { startRun } from './start-run.ts'

/** After so many attempts without a model, a person has to look. */
const attemptsMax = 3

/**
 * The agreement's rule: when the partners that trained the last model of a data set have registered so many
 * more examples than it was trained on, its recipe is run again. Does nothing while a run over the data set is going on.
 */
export async function retrainIfDue(context: HubContext, dataset: string): Promise<void> {
  const rule = (await readAgreement(context.database)).inForce?.document.retrainAfterExamples
  if (!rule) return
  const last = await lastModel(context, dataset)
  if (!last || last.attempts >= attemptsMax) return
  const added = await examplesAdded(context, dataset, last.run)
  if (added < rule) return
  // The key makes a second call find the run of the first.
  const idempotencyKey = `after-${last.run}-${last.attempts}`
  const run = await startRun(context, { recipe: last.recipe, idempotencyKey })
  await context.database.transaction().execute(transaction =>
    appendEvent(context, transaction, {
      kind: 'retraining-due',
      body: { run: run.id, after: last.run, added },
    }),
  )
}

interface LastModel {
  readonly run: string
  readonly recipe: Recipe
  /** Runs since then that made no model. */
  readonly attempts: number
}

/** The last finished run over a data set with all partners; undefined while another one is going on. */
async function lastModel({ database }: HubContext, dataset: string): Promise<LastModel | undefined> {
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
  const attempts = runs.findIndex(({ state }) => JSON.parse(state).phase === 'done')
  const done = runs[attempts]
  return done && { run: done.id, recipe: done.recipe, attempts }
}

/** What partners have now beyond what they had in a run, each by the largest card it trained by; no one counts below zero. */
async function examplesAdded({ database }: HubContext, dataset: string, run: string): Promise<number> {
  const now = await database
    .selectFrom('data_card')
    .innerJoin('member', 'member.id', 'data_card.member')
    .select(['data_card.member', 'data_card.signed'])
    .where('data_card.dataset', '=', dataset)
    .where('data_card.current', '=', 1)
    .where('member.role', '=', 'partner')
    .execute()
  const then = await database
    .selectFrom('task')
    .innerJoin('data_card', 'data_card.id', 'task.card')
    .select(['data_card.member', 'data_card.signed'])
    .where('task.run', '=', run)
    .where('task.work', '=', 'train')
    .execute()
  const trained = largestByMember(then)
  let added = 0
  for (const [member, examples] of largestByMember(now)) {
    // Who did not train then, be it away or not drawn, would count again after every run.
    const before = trained.get(member) ?? examples
    added += Math.max(0, examples - before)
  }
  return added
}

function largestByMember(cards: readonly { member: string; signed: string }[]): Map<string, number> {
  const largest = new Map<string, number>()
  for (const { member, signed } of cards) {
    const { role, trainExamples } = (JSON.parse(signed) as SignedDataCard).document
    if (role === 'train') largest.set(member, Math.max(largest.get(member) ?? 0, trainExamples))
  }
  return largest
}
