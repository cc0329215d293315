import { type Id, isRefusal, type nodeEndpoints, type Parsed } from '@consort/protocol'
import {
  type CaseFile,
  isCorrected,
  keepState,
  type Reviewer,
  readCase,
  reviewView,
  stepCase,
  toldBy,
} from '@consort/review'
import { appendEvent } from '@consort/storage'
import type { Transaction } from 'kysely'
import { type NodeHandler, reviewerOf } from '../../caller.ts'
import { agreedSchema } from '../../hub/agreement-store.ts'
import type { AllTables } from '../../tables/agent-tables.ts'
import { chargeDeferred } from '../ask/charge-asker.ts'
import { postAnswer } from '../ask/post-answer.ts'
import { weighLabels } from '../promise/weigh-labels.ts'
import { readAgent } from '../registry/agent-store.ts'
import { compareByLabel } from '../registry/compare-challenger.ts'
import { classesOf, unknownClass } from '../versions/classes-of.ts'
import type { ReviewContext } from './review-context.ts'

/**
 * Takes an expert's first or final answer. The final one closes the case: the caller is told, by long poll and by
 * webhook, the answer is metered, and the gate weighs its label, all of it together or not at all. Throws
 * `class-unknown` and `state-conflict`.
 */
export function answerReview(context: ReviewContext): NodeHandler<'answerReview'> {
  return async ({ params, body, caller }) => {
    const reviewer = reviewerOf(caller)
    const before = await readCase(context.database, params.case)
    const classes = await classesOf(context.database, before.version)
    if (!classes.includes(body.class)) {
      throw unknownClass('The answer is not a class of the model', { classes, path: 'class' })
    }
    const { file, isNew, isWithdrawn, hasMoved } = await context.database
      .transaction()
      .execute(transaction => keepAnswer(context, transaction, { case: params.case, answer: body, reviewer }))
    // What is kept is told first: nothing that comes after, and may fail, keeps it from whoever waits.
    if (isWithdrawn || hasMoved) context.agents.forget(file.agent)
    if (isNew) context.consultant.hear(file)
    context.announce(file.id)
    if (file.state.kind === 'closed') await context.grow(file.dataset)
    if (isWithdrawn) await context.endTrial(file.agent)
    const schema = await agreedSchema(context.database, file.dataset)
    return reviewView(file, { classes, reviewer, schema })
  }
}

/** What an answer has changed. */
interface KeptAnswer {
  readonly file: CaseFile
  /** It is no repetition of what was said before. */
  readonly isNew: boolean
  /** A challenger turned out to be worse. */
  readonly isWithdrawn: boolean
  /** The gate stands elsewhere. */
  readonly hasMoved: boolean
}

async function keepAnswer(
  context: ReviewContext,
  transaction: Transaction<AllTables>,
  {
    case: id,
    answer,
    reviewer,
  }: { case: Id<'case'>; answer: Parsed<typeof nodeEndpoints.answerReview>['body']; reviewer: Reviewer },
): Promise<KeptAnswer> {
  const read = await readCase(transaction, id)
  const at = context.now().toISOString()
  const state = stepCase(read.state, { ...answer, by: reviewer, at })
  const unmoved = { isWithdrawn: false, hasMoved: false }
  if (state === read.state) return { file: read, isNew: false, ...unmoved }
  const stepped = withState(read, state)
  await keepState(transaction, stepped)
  await appendEvent(context, transaction, {
    kind: 'case-reviewed',
    body: { case: read.id, agent: read.agent, stage: answer.stage, by: reviewer.id },
  })
  if (state.kind !== 'closed') return { file: stepped, isNew: true, ...unmoved }
  await closeCase(context, transaction, stepped)
  const { agent, version, decision } = stepped
  const compared = { agent, version, decision, label: answer.class }
  return {
    file: stepped,
    isNew: true,
    isWithdrawn: await compareByLabel(context, transaction, compared),
    hasMoved: await weighIfForGate(context, transaction, stepped),
  }
}

/** Its caller is told of a revision: that a person has answered, or has corrected the agent. */
function withState(file: CaseFile, state: CaseFile['state']): CaseFile {
  const stepped = { ...file, state }
  const isNews = state.kind === 'closed' && (toldBy(file) === null || isCorrected(stepped))
  return isNews ? { ...stepped, revision: file.revision + 1 } : stepped
}

/**
 * Labels of the role calibrate move the gate, and spot checks of any role the watch; an agent that is no more has
 * neither.
 */
async function weighIfForGate(
  context: ReviewContext,
  transaction: Transaction<AllTables>,
  { agent, version, role, decision }: CaseFile,
): Promise<boolean> {
  if (role !== 'calibrate' && decision.action === 'defer') return false
  const rules = await readAgent(transaction, agent).catch(orNone)
  return rules !== undefined && (await weighLabels(context, transaction, rules, version))
}

function orNone(error: unknown): undefined {
  if (isRefusal(error, 'not-found')) return undefined
  throw error
}

async function closeCase(
  context: ReviewContext,
  transaction: Transaction<AllTables>,
  file: CaseFile,
): Promise<void> {
  const { id, version } = file
  if (toldBy(file) === null) {
    const isOwed = await context.meter(transaction, [{ version, case: id, by: 'expert' }])
    await chargeDeferred(transaction, id, isOwed)
  } else if (!isCorrected(file)) return // it was paid for when it was answered, and that answer stands
  await postAnswer(context, transaction, file)
}
