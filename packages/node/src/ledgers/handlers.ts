import type { NodeHandlers } from '../caller.ts'
import { promptly } from '../hub/promptly.ts'
import type { LedgerContext } from './context.ts'
import { reconcileBudgets } from './reconcile.ts'
import { showBudgets } from './show-budgets.ts'

/** Whoever only looks waits no longer than a person waits; whoever reconciles needs the hub. */
export function ledgerHandlers(
  context: LedgerContext,
): Pick<NodeHandlers, 'showBudgets' | 'reconcileBudgets'> {
  return {
    showBudgets: () => showBudgets({ ...context, call: promptly(context.call) }),
    reconcileBudgets: () => reconcileBudgets(context),
  }
}
