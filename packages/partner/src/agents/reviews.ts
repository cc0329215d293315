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
import { postWebhook, readAccessHolder } from '@consort/serving'
import type { Transaction } from 'kysely'
import { record } from '../context.ts'
import { growDataset } from '../datasets/grow.ts'
import { type NodeCaller, reviewerOf } from '../local/admission.ts'
import { meterAnswers } from '../settlement/usage.ts'
import { chargeDeferred } from './charge-asker.ts'
import { classesOf } from './classes-of.ts'
import { compareByLabel, endTrial } from './compare-challenger.ts'
import type { AgentContext } from './context.ts'
import type { AllTables } from './tables.ts'
import { roundedView } from './told-view.ts'

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
  return reviewView(file, { classes: await classesOf(context, file.version), reviewer: reviewerOf(caller) })
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
  const classes = await classesOf(context, before.version)
  if (!classes.includes(body.class)) {
    throw new Refusal('class-unknown', 'The answer is not a class of the model', {
      hint: `Choose one of: ${classes.slice(0, 20).join(', ')}${classes.length > 20 ? ', …' : ''}.`,
      path: 'class',
    })
  }
  const { file, isWithdrawn } = await context.database.transaction().execute(async transaction => {
    const read = await readCase(transaction, params.case, { action: 'defer' })
    const at = context.now().toISOString()
    const state = stepCase(read.state, { ...body, by: reviewer, at })
    if (state === read.state) return { file: read, isWithdrawn: false }
    const isClosing = state.kind === 'closed'
    const stepped: CaseFile = { ...read, state, revision: read.revision + (isClosing ? 1 : 0) }
    await keepState(transaction, stepped)
    await record(context, transaction, {
      kind: 'case-reviewed',
      body: { case: read.id, agent: read.agent, stage: body.stage, by: reviewer.id },
    })
    if (!isClosing) return { file: stepped, isWithdrawn: false }
    await closeCase(context, transaction, stepped)
    const { agent, version, decision } = stepped
    const compared = { agent, version, decision, label: body.class }
    return { file: stepped, isWithdrawn: await compareByLabel(context, transaction, compared) }
  })
  if (isWithdrawn) await endTrial(context, file.agent)
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
  const isOwed = await meterAnswers(context, transaction, [{ version, case: id, by: 'expert' }])
  await chargeDeferred(transaction, id, isOwed)
  if (webhook === null) return
  const now = context.now()
  const { limits } = await readAccessHolder(transaction, { id: askedBy })
  const data = roundedView(caseView(file), limits.decimals)
  const body = JSON.stringify({ type: 'case.answered', timestamp: now.toISOString(), data })
  await postWebhook(transaction, { key: askedBy, url: webhook, body }, { entropy: context.entropy, now })
}
