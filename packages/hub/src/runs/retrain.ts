import type { DataCard, Id, Recipe } from '@consort/protocol'
import { readAgreement } from '../documents/agreement.ts'
import { cardsById, currentCards } from '../members/card-store.ts'
import { listMembers } from '../members/member-store.ts'
import type { HubDatabase } from '../tables/hub-tables.ts'
import { condensedCards, condensedOr } from './condensed/condensed-run-store.ts'
import type { RunContext } from './context.ts'
import { isRunningOver, lastRunsOver } from './run-store.ts'
import { startRun } from './start-run.ts'
import { listTasks } from './tasks/task-store.ts'

/** After so many attempts without a model, a person has to look. */
const attemptsMax = 3

/**
 * Follows the agreement's rule: when the partners that trained the last model of a data set have registered so
 * many more examples than it was trained on, its recipe is run again. Does nothing while a run over the data set
 * is going on.
 */
export async function retrainIfDue(
  context: Pick<RunContext, 'key' | 'database' | 'blobs' | 'entropy' | 'now' | 'pursue'>,
  dataset: string,
): Promise<void> {
  const { database } = context
  const rule = (await readAgreement(database)).inForce?.document.retrainAfterExamples
  if (!rule) return
  const last = await lastModel(database, dataset)
  if (!last) return
  const added = await examplesAdded(database, dataset, last.run)
  if (added < rule) return
  // The key makes a second call find the run of the first.
  const idempotencyKey = `after-${last.run}-${last.attempts}`
  await startRun(context, { recipe: last.recipe, idempotencyKey, due: { after: last.run, added } })
}

interface LastModel {
  readonly run: Id<'run'>
  readonly recipe: Recipe
  /** Runs since then that made no model. */
  readonly attempts: number
}

/**
 * Finds the last finished run over a data set with all partners; undefined while another one is going on, or after
 * too many attempts.
 */
async function lastModel(database: HubDatabase, dataset: string): Promise<LastModel | undefined> {
  if (await isRunningOver(database, dataset)) return undefined
  // Had the last ones made no model, nothing would be tried again: earlier ones need no look.
  const runs = await lastRunsOver(database, dataset, attemptsMax)
  const attempts = runs.findIndex(({ state }) => state.phase === 'done')
  const done = runs[attempts]
  return done && { run: done.id, recipe: done.recipe, attempts }
}

/**
 * Counts what partners have now beyond what they had in a run, each by the largest card it trained by; no one
 * counts below zero.
 */
async function examplesAdded(database: HubDatabase, dataset: string, run: Id<'run'>): Promise<number> {
  const members = await listMembers(database)
  const partners = new Set(members.filter(({ role }) => role === 'partner').map(({ id }) => id))
  const now = (await currentCards(database, dataset)).filter(({ member }) => partners.has(member))
  const tasks = await condensedOr(database, run, {
    condensed: () => condensedCards(database, run, ['in-result', 'trained']),
    rows: () => listTasks(database, { run, work: 'train' }),
  })
  const then = await cardsById(
    database,
    tasks.map(({ card }) => card),
  )
  const trained = largestByMember([...then.values()].map(({ document }) => document))
  let added = 0
  for (const [member, examples] of largestByMember(now)) {
    // Who did not train then, be it away or not drawn, would count again after every run.
    const before = trained.get(member) ?? examples
    added += Math.max(0, examples - before)
  }
  return added
}

function largestByMember(cards: readonly DataCard[]): Map<string, number> {
  const largest = new Map<string, number>()
  for (const { member, role, trainExamples } of cards)
    if (role === 'train') largest.set(member, Math.max(largest.get(member) ?? 0, trainExamples))
  return largest
}
