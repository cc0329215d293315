import { defaultDelta, type LossLedger, openLedger, parseLossCurve } from '@consort/privacy'
import { Refusal } from '@consort/protocol'
import type { Kysely } from 'kysely'
import type { NodeContext } from '../context.ts'
import type { DatasetBudget, PrivacyPolicy } from '../policy/privacy-policy.ts'
import type { NodeTables } from '../tables/node-tables.ts'
import { keepFresh } from './ledgers.ts'
import { readMark } from './mark.ts'
import { rememberedUnits } from './remembered-units.ts'
import { unitRuleOf } from './units.ts'

/** By the node's database: data cards whose units have books, and by which column of persons. */
const booked = new WeakMap<object, Set<string>>()

/**
 * Records get their books when a budget is first named for their data set, charged with nothing: from then on they carry
 * it under any other name too. A data set whose files cannot be read any more gets none, since nothing can be released of it.
 */
export async function openNamedLedgers(context: NodeContext, { budgets }: PrivacyPolicy): Promise<void> {
  const known = booked.get(context.database) ?? new Set<string>()
  booked.set(context.database, known)
  for (const budget of budgets) {
    const row = await context.database
      .selectFrom('dataset')
      .selectAll()
      .where('dataset', '=', budget.dataset)
      .where('current', '=', 1)
      .executeTakeFirst()
    const name = `${row?.id} ${budget.person ?? ''}`
    if (!row || known.has(name)) continue
    try {
      for (const side of ['train', 'evaluation'] as const)
        await openLedgersOfSide(context, { row, budget, side })
      known.add(name)
    } catch (error) {
      if (!(error instanceof Refusal)) throw error
      context.log.warn({ dataset: budget.dataset, code: error.code }, 'privacy-books-not-opened')
    }
  }
}

async function openLedgersOfSide(
  context: NodeContext,
  {
    row,
    budget,
    side,
  }: { row: Parameters<typeof rememberedUnits>[1]; budget: DatasetBudget; side: 'train' | 'evaluation' },
): Promise<void> {
  const [units] = await rememberedUnits(context, row, { side, ways: [unitRuleOf(budget)] })
  if (!units || units.counts.size === 0) return
  const { epsilon, delta = defaultDelta({ records: units.counts.size }) } = budget
  await context.database.transaction().execute(async transaction => {
    const fresh = await openFresh(transaction, { epsilon, delta }, context.enrolment.member)
    await keepFresh(transaction, units, { dataset: row.dataset, fresh })
  })
}

/** A book for units that have none; since an older copy was reconciled they may have lost something all the same. */
export async function openFresh(
  database: Kysely<NodeTables>,
  budget: { epsilon: number; delta: number },
  member: string,
): Promise<LossLedger> {
  const { unknown } = await readMark(database, member)
  return { ...openLedger(budget), settled: parseLossCurve(unknown) }
}
