import { isRefusal, type nodeEndpoints, type Parsed, type ReviewView } from '@consort/protocol'
import {
  type CaseFile,
  closedCount,
  isCorrected,
  keepState,
  openCases,
  readCase,
  reviewView,
  stepCase,
  toldBy,
} from '@consort/review'
import type { Transaction } from 'kysely'
import { type KnownCaller, reviewerOf } from '../../caller.ts'
import { growDataset } from '../../cards/grow.ts'
import { appendEvent } from '../../context.ts'
import { meterAnswers } from '../../settlement/usage.ts'
import type { AllTables } from '../../tables/agent-tables.ts'
import { chargeDeferred } from '../ask/charge-asker.ts'
import { postAnswer } from '../ask/post-answer.ts'
import type { AgentContext } from '../context.ts'
import { weighLabels } from '../promise/weigh-labels.ts'
import { readAgent } from '../registry/agent-row.ts'
import { compareByLabel, endTrial } from '../registry/compare-challenger.ts'
import { classesOf, unknownClass } from '../versions/classes-of.ts'

type WithCaller<T> = T & { caller: KnownCaller }

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
  const file = await readCase(context.database, params.case)
  return reviewView(file, { classes: await classesOf(context, file.version), reviewer: reviewerOf(caller) })
}

/**
 * Takes an expert's first or final answer. The final one closes the case: the caller is told, by long poll and by webhook,
 * the answer is metered, and the gate weighs its label, all of it together or not at all. Throws `class-unknown` and `state-conflict`.
 */
export async function answerReview(
  context: AgentContext,
  { params, body, caller }: WithCaller<Parsed<typeof nodeEndpoints.answerReview>>,
): Promise<ReviewView> {
  const reviewer = reviewerOf(caller)
  const before = await readCase(context.database, params.case)
  const classes = await classesOf(context, before.version)
  if (!classes.includes(body.class)) {
    throw unknownClass('The answer is not a class of the model', { classes, path: 'class' })
  }
  const { file, isNew, isWithdrawn, hasMoved } = await context.database
    .transaction()
    .execute(async transaction => {
      const read = await readCase(transaction, params.case)
      const at = context.now().toISOString()
      const state = stepCase(read.state, { ...body, by: reviewer, at })
      if (state === read.state) return { file: read, isNew: false, isWithdrawn: false, hasMoved: false }
      const isClosing = state.kind === 'closed'
      const stepped = withState(read, state)
      await keepState(transaction, stepped)
      await appendEvent(context, transaction, {
        kind: 'case-reviewed',
        body: { case: read.id, agent: read.agent, stage: body.stage, by: reviewer.id },
      })
      if (!isClosing) return { file: stepped, isNew: true, isWithdrawn: false, hasMoved: false }
      await closeCase(context, transaction, stepped)
      const { agent, version, decision } = stepped
      const compared = { agent, version, decision, label: body.class }
      return {
        file: stepped,
        isNew: true,
        isWithdrawn: await compareByLabel(context, transaction, compared),
        hasMoved: await weighIfForGate(context, transaction, stepped),
      }
    })
  if (isWithdrawn) await endTrial(context, file.agent)
  else if (hasMoved) context.agents.forget(file.agent)
  if (isNew) context.consultant.hear(file)
  context.news.emit(file.id)
  context.wakeOutbox()
  if (file.state.kind === 'closed') {
    await growDataset(context, file.dataset).catch(error =>
      context.log.warn({ dataset: file.dataset, error: String(error) }, 'dataset-not-grown'),
    )
  }
  return reviewView(file, { classes, reviewer })
}

/** Its caller is told of a revision: that a person has answered, or has corrected the agent. */
function withState(file: CaseFile, state: CaseFile['state']): CaseFile {
  const stepped = { ...file, state }
  const isNews = state.kind === 'closed' && (toldBy(file) === null || isCorrected(stepped))
  return isNews ? { ...stepped, revision: file.revision + 1 } : stepped
}

/** Labels of the role calibrate move the gate, and audits of any role the watch; an agent that is no more has neither. */
async function weighIfForGate(
  context: AgentContext,
  transaction: Transaction<AllTables>,
  { agent, version, role, decision }: CaseFile,
): Promise<boolean> {
  if (role !== 'calibrate' && decision.action === 'defer') return false
  const rules = await readAgent({ database: transaction }, agent).catch(orNone)
  return rules !== undefined && (await weighLabels(context, transaction, rules, version))
}

function orNone(error: unknown): undefined {
  if (isRefusal(error, 'not-found')) return undefined
  throw error
}

async function closeCase(
  context: AgentContext,
  transaction: Transaction<AllTables>,
  file: CaseFile,
): Promise<void> {
  const { id, version } = file
  if (toldBy(file) === null) {
    const isOwed = await meterAnswers(context, transaction, [{ version, case: id, by: 'expert' }])
    await chargeDeferred(transaction, id, isOwed)
  } else if (!isCorrected(file)) return // it was paid for when it was answered, and that answer stands
  await postAnswer(context, transaction, file)
}
