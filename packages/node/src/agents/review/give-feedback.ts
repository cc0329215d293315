import { type nodeEndpoints, type Parsed, Refusal } from '@consort/protocol'
import {
  type AskedCase,
  askedView,
  type Feedback,
  feedbackOn,
  keepFeedback,
  readAsked,
} from '@consort/review'
import { appendEvent } from '@consort/storage'
import { askerOf, type NodeHandler } from '../../caller.ts'
import type { AgentReader } from '../../tables/agent-tables.ts'
import { compareByLabel } from '../registry/compare-challenger.ts'
import { classesOf, unknownClass } from '../versions/classes-of.ts'
import type { ReviewContext } from './review-context.ts'

/**
 * Notes what a caller says of an answer of its own, at once or weeks later. Which answers get feedback is the callers'
 * choice: it compares a challenger with its champion and tells the operator; no threshold and no training set ever
 * moves by it. Throws `not-found`, `class-unknown`, and `state-conflict` for what has no answer.
 */
export function giveFeedback(
  context: Pick<ReviewContext, 'database' | 'key' | 'now' | 'endTrial'>,
): NodeHandler<'giveFeedback'> {
  return async ({ params, body, caller }) => {
    const askedBy = caller.kind === 'operator' ? undefined : askerOf(caller)
    const asked = await readAsked(context.database, params.case, { askedBy })
    const label = await checkedLabel(context.database, asked, body)
    const said = {
      case: params.case,
      saidBy: askerOf(caller),
      verdict: body.verdict,
      label: body.label ?? null,
      at: context.now().toISOString(),
    } satisfies Feedback
    const { kept, isWithdrawn } = await context.database.transaction().execute(async transaction => {
      const before = await feedbackOn(transaction, said)
      if (before && before.verdict === said.verdict && before.label === said.label) {
        return { kept: before, isWithdrawn: false }
      }
      await keepFeedback(transaction, said)
      await appendEvent(context, transaction, {
        kind: 'feedback-given',
        body: { case: said.case, by: said.saidBy, verdict: said.verdict, isLabelled: said.label !== null },
      })
      const counts = before === undefined && label !== undefined && asked.kind === 'answer'
      if (!counts) return { kept: said, isWithdrawn: false }
      const { agent, version, decision } = asked.answer
      return {
        kept: said,
        isWithdrawn: await compareByLabel(context, transaction, { agent, version, decision, label }),
      }
    })
    const { agent } = askedView(asked)
    if (isWithdrawn) await context.endTrial(agent)
    const { verdict, at } = kept
    return { case: params.case, verdict, label: kept.label, at }
  }
}

/** What was right, as far as the caller says; undefined where it says only that the answer was wrong. */
async function checkedLabel(
  database: AgentReader,
  asked: AskedCase,
  { verdict, label }: Parsed<typeof nodeEndpoints.giveFeedback>['body'],
): Promise<string | undefined> {
  const { answer } = askedView(asked)
  const { version } = asked.kind === 'case' ? asked.file : asked.answer
  if (answer === null) {
    throw new Refusal('state-conflict', 'This case has no answer', {
      hint: 'Feedback is about answers: wait for one, or take the case back.',
    })
  }
  if (label === undefined) return verdict === 'right' ? answer.class : undefined
  const classes = await classesOf(database, version)
  if (!classes.includes(label)) throw unknownClass('No such class', { classes, path: 'label' })
  if ((label === answer.class) !== (verdict === 'right')) {
    throw new Refusal('class-unknown', 'The verdict and the label disagree', {
      hint: 'An answer is right when its class is the label, and wrong otherwise.',
      path: 'label',
    })
  }
  return label
}
