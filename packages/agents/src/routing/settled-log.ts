import { type LabelledDecision, labelOf } from '../evidence/label-of-case.ts'
import type { Action, ActionCosts } from '../gate/choose-action.ts'
import type { SpotCheck } from '../gate/spot-check.ts'
import type { LoggedAction } from './logged-value.ts'

/** What was decided about a case and with which chances, and whether anybody has looked at it since. */
export interface DecidedAction extends LabelledDecision {
  readonly decision: LabelledDecision['decision'] & {
    readonly action: Action
    readonly threshold: number | null
    readonly propensities: Readonly<Record<Action, number>>
    readonly audit: SpotCheck
  }
}

/** A case as it was decided, with what it turned out to cost. */
export interface ValuedCase extends LoggedAction {
  readonly class: string
  readonly confidence: number
  readonly threshold: number | null
}

/**
 * Takes the cases up to the first spot-checked answer whose label is awaited, in the order in which they were asked. A
 * deferral costs price + waiting whatever its label says, so that nothing waits for one, also where a partner's agent
 * answered in the end. An answer costs `error` if it was wrong, by the rule of the guarantee (`labelOf`): overdue
 * counts as wrong.
 *
 * Why not all cases, without the spot checks that wait: wrong answers may well be labelled later than right ones, so
 * that what has come is better than what has not; no weight puts that right, since nobody has drawn it. Before the cut
 * every spot check counts, whatever became of it. The cut itself leaves out one spot check, the one that waits: at
 * worst one wrong answer of the k that are found, where the standard error is about √k of them; nothing where none
 * waits.
 *
 * Labels of all roles count, those included that moved the gate: a case's gate was moved by earlier ones, never by its
 * own.
 */
export function settledLog(
  decided: readonly DecidedAction[],
  { costs, days, now }: { costs: ActionCosts; days: number; now: Date },
): ValuedCase[] {
  const log: ValuedCase[] = []
  for (const one of decided) {
    const { action, class: said, confidence, threshold, propensities, audit } = one.decision
    const isLooked = action === 'answer' && audit.isAudited
    const label = isLooked ? labelOf(one, { days, now }) : null
    if (label === 'awaited') break
    const person = costs.price + costs.waiting
    const answered = label === null ? null : label.isWrong ? costs.error : 0
    log.push({
      action,
      class: said,
      confidence,
      threshold,
      propensities,
      cost: action === 'defer' ? person : answered,
      lookPropensity: action === 'defer' ? 1 : audit.propensity,
      certainCosts: { defer: person },
    })
  }
  return log
}
