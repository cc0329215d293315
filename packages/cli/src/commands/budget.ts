import { type BudgetsView, nodeEndpoints, Refusal } from '@consort/protocol'
import { confirms } from '../output/confirms.ts'
import { percent } from '../output/run-display.ts'
import { formatTable, note, printResult } from '../output/terminal.ts'
import { type Session, withNode } from '../session.ts'

/** Reading large data sets through takes a while. */
const hourMs = 3_600_000

/** At a node: what is left of the privacy budgets of its data sets, and which releases their owner exempts. */
export async function showBudgets(session: Session): Promise<void> {
  const { signal, terminal } = session
  const view = await withNode(session, call =>
    call(nodeEndpoints.showBudgets, undefined, { timeoutMs: hourMs, signal }),
  )
  printResult(terminal, view, () => budgetsText(session, view))
}

/** After the node's directory was restored from an older copy: charges all that may have been spent since. */
export async function reconcileBudgets(session: Session, { yes }: { yes: boolean }): Promise<void> {
  const { say, signal, terminal } = session
  if (!yes && !(await confirms(session, say.budgetQuestion))) {
    throw new Refusal('state-conflict', 'Nothing was charged', { hint: say.needYes })
  }
  const view = await withNode(session, call =>
    call(nodeEndpoints.reconcileBudgets, undefined, { timeoutMs: hourMs, signal }),
  )
  printResult(terminal, view, () => budgetsText(session, view))
  if (view.books !== 'current') note(terminal, say.budgetBooks[view.books])
}

function budgetsText({ say, terminal }: Session, { budgets, exempt, books }: BudgetsView): string {
  const table = formatTable(
    terminal,
    [say.word.dataset, say.word.unit, say.word.budget, say.word.left],
    budgets.map(({ dataset, unit, units, epsilon, delta, left, leftShare }) => [
      dataset,
      `${say.privacyUnit[unit]} (${units})`,
      `ε = ${epsilon}, δ = ${delta.toPrecision(2)}`,
      `ε = ${left.toPrecision(3)} (${percent(leftShare)})`,
    ]),
  )
  const words = Object.entries(exempt).map(
    ([sort, text]) => `${say.exemption[sort as keyof typeof exempt]}${say.colon}${text}`,
  )
  return [budgets.length === 0 ? say.budgetNone : table, ...words, say.budgetBooks[books]].join('\n')
}
