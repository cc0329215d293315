import { type nodeEndpoints, type Parsed, Refusal, type ReviewView } from '@consort/protocol'
import {
  type CaseFile,
  caseView,
  closedCount,
  keepState,
  openCases,
  readCase,
  reviewView,
  stepCase,
} from '@consort/review'
import { postWebhook } from '@consort/serving'
import type { Transaction } from 'kysely'
import { record } from '../context.ts'
import { growDataset } from '../datasets/grow.ts'
import { type NodeCaller, reviewerOf } from '../local/admission.ts'
import { meterAnswer } from '../settlement/usage.ts'
import type { AgentContext } from './context.ts'
import type { AllTables } from './tables.ts'
import { servedCard } from './versions.ts'

type WithCaller<T> = T & { caller: NodeCaller }

export async function listReviews({ database }: AgentContext, { caller }: WithCaller<unknown>) {
  const reviewer = reviewerOf(caller)
  return {
    open: await openCases(database, reviewer),
    answered: await closedCount(database, reviewer),
  }
}

export async function getReview(
  context: AgentContext,
  { params, caller }: WithCaller<Parsed<typeof nodeEndpoints.getReview>>,
): Promise<ReviewView> {
  const file = await readCase(context.database, params.case, { action: 'defer' })
  return reviewView(file, { classes: await classesOf(context, file), reviewer: reviewerOf(caller) })
}

/**
 * Takes an expert's first or final answer. The final one closes the case: the caller is told, by long poll and by webhook,
 * and the answer is metered, all of it together or not at all. Throws `class-unknown` and `state-conflict`.
 */
export async function answerReview(
  context: AgentContext,
  { params, body, caller }: WithCaller<Parsed<typeof nodeEndpoints.answerReview>>,
): Promise<ReviewView> {
  const reviewer = reviewerOf(caller)
  const before = await readCase(context.database, params.case, { action: 'defer' })
  const classes = await classesOf(context, before)
  if (!classes.includes(body.class)) {
    throw new Refusal('class-unknown', 'The answer is not a class of the model', {
      hint: `Choose one of: ${classes.slice(0, 20).join(', ')}${classes.length > 20 ? ', …' : ''}.`,
      path: 'class',
    })
  }
  const file = await context.database.transaction().execute(async transaction => {
    const read = await readCase(transaction, params.case, { action: 'defer' })
    const at = context.now().toISOString()
    const state = stepCase(read.state, { ...body, by: reviewer, at })
    if (state === read.state) return read
    const isClosing = state.kind === 'closed'
    const stepped: CaseFile = { ...read, state, revision: read.revision + (isClosing ? 1 : 0) }
    await keepState(transaction, stepped)
    await record(context, transaction, {
      kind: 'case-reviewed',
      body: { case: read.id, agent: read.agent, stage: body.stage, by: reviewer.id },
    })
    if (isClosing) await closeCase(context, transaction, stepped)
    return stepped
  })
  context.news.emit(file.id)
  context.wakeOutbox()
  if (file.state.kind === 'closed') {
    await growDataset(context, file.dataset).catch(error =>
      context.log.warn({ dataset: file.dataset, error: String(error) }, 'dataset-not-grown'),
    )
  }
  return reviewView(file, { classes, reviewer })
}

async function closeCase(
  context: AgentContext,
  transaction: Transaction<AllTables>,
  file: CaseFile,
): Promise<void> {
  const { id, version, webhook, askedBy } = file
  await meterAnswer(context, transaction, { version, case: id, by: 'expert' })
  if (webhook === null) return
  const now = context.now()
  const body = JSON.stringify({ type: 'case.answered', timestamp: now.toISOString(), data: caseView(file) })
  await postWebhook(transaction, { key: askedBy, url: webhook, body }, { entropy: context.entropy, now })
}

async function classesOf(context: AgentContext, { version }: CaseFile): Promise<readonly string[]> {
  const { recipe } = await servedCard(context, version)
  if (recipe.task.kind !== 'classification') throw new TypeError('only classifiers are served')
  return recipe.task.classes
}
