import { type BudgetsView, type BudgetView, hubEndpoints, type Id } from '@consort/protocol'
import { listCurrent } from '../datasets/dataset-store.ts'
import { isHubAway } from '../hub/retry.ts'
import type { PrivacyPolicy } from '../policy/privacy-policy.ts'
import type { LedgerContext } from './context.ts'
import type { GuardedRecords } from './guarded-records.ts'
import { leftOf } from './ledgers.ts'
import { isBehind } from './mark.ts'
import { readMark } from './mark-store.ts'

/**
 * The budgets that hold for this node's data sets, named for them or brought along by their records, and what is left.
 */
export async function showBudgets(
  context: Pick<LedgerContext, 'database' | 'guarded' | 'policy' | 'call' | 'enrolment'>,
): Promise<BudgetsView> {
  const { privacy: policy } = context.policy.read()
  const budgets: BudgetView[] = []
  for (const { id } of (await listCurrent(context.database)).read)
    budgets.push(...(await budgetOf(context.guarded, id, policy)))
  const { counter } = await readMark(context.database, context.enrolment.member)
  return { budgets, exempt: policy.exempt, books: await stateOfLedgers(context), reservations: counter }
}

/** Of training records; of those held out where a data set has no others. */
async function budgetOf(
  records: GuardedRecords,
  card: Id<'card'>,
  policy: PrivacyPolicy,
): Promise<BudgetView[]> {
  const trained = await records.look(card, { policy, side: 'train' })
  const guarded =
    trained && trained.units > 0 ? trained : await records.look(card, { policy, side: 'evaluation' })
  if (!guarded) return []
  const { dataset, budget, budgets, ledgers, person, units } = guarded
  const left = ledgers.map(ledger => leftOf(ledger, dataset, budgets))
  const least = left.reduce((one, other) => (other.epsilon < one.epsilon ? other : one))
  return [
    {
      dataset,
      unit: person === null ? 'record' : 'person',
      units,
      epsilon: budget.epsilon,
      delta: budget.delta,
      left: least.epsilon,
      leftShare: least.share,
    },
  ]
}

async function stateOfLedgers(
  context: Pick<LedgerContext, 'database' | 'call' | 'enrolment'>,
): Promise<BudgetsView['books']> {
  try {
    const { mark } = await context.call(hubEndpoints.getPrivacyMark)
    const own = await readMark(context.database, context.enrolment.member)
    return isBehind(own, mark) ? 'restored' : 'current'
  } catch (error) {
    if (isHubAway(error)) return 'hub-unreachable'
    throw error
  }
}
