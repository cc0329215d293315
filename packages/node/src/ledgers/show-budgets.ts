import { type BudgetsView, type BudgetView, hubEndpoints, isRefusal } from '@consort/protocol'
import type { NodeContext } from '../context.ts'
import { guardedData } from './guarded-data.ts'
import { leftOf } from './ledgers.ts'
import { isBehind, readMark } from './mark.ts'

/** The budgets that hold for this node's data sets, named for them or brought along by their records, and what is left. */
export async function showBudgets(context: NodeContext): Promise<BudgetsView> {
  const { privacy: policy } = context.policy.read()
  const rows = await context.database
    .selectFrom('dataset')
    .select('id')
    .where('current', '=', 1)
    .orderBy('dataset')
    .execute()
  const budgets: BudgetView[] = []
  for (const { id } of rows) budgets.push(...(await budgetOf(context, id, policy)))
  const { counter } = await readMark(context.database, context.enrolment.member)
  return { budgets, exempt: policy.exempt, books: await stateOfLedgers(context), reservations: counter }
}

type Policy = Parameters<typeof guardedData>[2]['policy']

/** Of training records; of those held out where a data set has no others. */
async function budgetOf(context: NodeContext, card: string, policy: Policy): Promise<BudgetView[]> {
  const trained = await guardedData(context, card, { policy, side: 'train' })
  const guarded =
    trained && trained.units > 0 ? trained : await guardedData(context, card, { policy, side: 'evaluation' })
  if (!guarded) return []
  const { dataset, budget, budgets, books, person, units } = guarded
  const left = books.map(book => leftOf(book, dataset, budgets))
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

async function stateOfLedgers(context: NodeContext): Promise<BudgetsView['books']> {
  try {
    const { mark } = await context.call(hubEndpoints.getPrivacyMark)
    const own = await readMark(context.database, context.enrolment.member)
    return isBehind(own, mark) ? 'restored' : 'current'
  } catch (error) {
    if (isRefusal(error, 'unreachable')) return 'hub-unreachable'
    throw error
  }
}
