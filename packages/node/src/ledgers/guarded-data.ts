import { checkDeltaFor, defaultDelta, openLedger, type PrivacyBudget } from '@consort/privacy'
import { Refusal } from '@consort/protocol'
import type { Kysely } from 'kysely'
import type { NodeContext } from '../context.ts'
import { registeredRow } from '../datasets/find-dataset.ts'
import type { DatasetBudget, PrivacyPolicy } from '../policy/privacy-policy.ts'
import type { NodeTables } from '../tables/node-tables.ts'
import { openFresh, openNamedLedgers } from './ledger-named.ts'
import { type Budgets, budgetsOf, ledgersOf, type UnitLedger } from './ledgers.ts'
import { rememberedUnits } from './remembered-units.ts'
import { type PrivacyUnitRule, unitRuleOf } from './units.ts'

/** Records that have a privacy budget, one side of a data set. */
export interface GuardedData {
  readonly dataset: string
  /** The data set's own budget, or one that its records bring along. */
  readonly budget: PrivacyBudget
  readonly budgets: Budgets
  readonly books: readonly UnitLedger[]
  /** The books as they are now: for the transaction that charges them. */
  readLedgers(database: Kysely<NodeTables>): Promise<UnitLedger[]>
  /** The column that names persons; null when every record is a unit. */
  readonly person: string | null
  /** Records or persons. */
  readonly units: number
}

/**
 * The budgets and books of a registered data set; undefined when nothing limits it: neither is a budget named for it, nor
 * are any of its records in the books of another one. Throws `privacy-parameters-invalid` for a δ above 1/(10 N),
 * `data-mismatch` where the column of persons is missing, and as `readUnits` does.
 */
export async function guardedData(
  context: NodeContext,
  card: string,
  { policy, side }: { policy: PrivacyPolicy; side: 'train' | 'evaluation' },
): Promise<GuardedData | undefined> {
  await openNamedLedgers(context, policy)
  const row = await registeredRow(context, card)
  const own = policy.budgets.find(({ dataset }) => dataset === row.dataset)
  const units = await knownUnits(context)
  if (!own && units === 0) return undefined
  const ways = await waysOfTelling(context, policy, own)
  const [first, ...others] = await rememberedUnits(context, row, { side, ways })
  if (!first) throw personMissing(row.dataset, own!.person!)
  const budgets = budgetsByName(policy.budgets, { own, count: first.counts.size, units })
  const readLedgers = async (database: Kysely<NodeTables>): Promise<UnitLedger[]> => {
    const fresh = own && (await openFresh(database, budgets.get(own.dataset)!, context.enrolment.member))
    const books = await ledgersOf(database, first, fresh)
    for (const other of others) if (other) books.push(...(await ledgersOf(database, other, undefined)))
    return books
  }
  const books = await readLedgers(context.database)
  const [any] = books
  if (!any) return undefined
  const { dataset } = row
  const budget = budgets.get(dataset) ?? budgetsOf(any, dataset, budgets)[0]!
  const person = own ? first.person : any.person
  return { dataset, budget, budgets, books, readLedgers, person, units: first.counts.size }
}

async function knownUnits({ database }: NodeContext): Promise<number> {
  const { units } = await database
    .selectFrom('privacy_unit')
    .select(({ fn }) => fn.countAll<number>().as('units'))
    .executeTakeFirstOrThrow()
  return Number(units)
}

/**
 * The data set's own first, then by record and by every other column of persons that is or was named: so that records
 * keep their books when that changes.
 */
async function waysOfTelling(
  { database }: NodeContext,
  { budgets }: PrivacyPolicy,
  own: DatasetBudget | undefined,
): Promise<PrivacyUnitRule[]> {
  const rows = await database.selectFrom('privacy_ledger').select('person').distinct().execute()
  const named = [...(own ? [own] : []), ...budgets].map(unitRuleOf)
  const known = rows.map(({ person }): PrivacyUnitRule => ({ person, recordsMax: null }))
  const all = [...named.slice(0, own ? 1 : 0), { person: null, recordsMax: null }, ...named, ...known]
  return all.filter((way, place) => all.findIndex(({ person }) => person === way.person) === place)
}

function budgetsByName(
  named: readonly DatasetBudget[],
  { own, count, units }: { own: DatasetBudget | undefined; count: number; units: number },
): Budgets {
  return new Map(
    named.map(budget => {
      const records = budget === own ? count : Math.max(count, units)
      const { epsilon, delta = defaultDelta({ records }) } = budget
      if (budget === own) checkDeltaFor(delta, { records })
      return [budget.dataset, openLedger({ epsilon, delta }).budget]
    }),
  )
}

function personMissing(dataset: string, person: string): Refusal {
  return new Refusal(
    'data-mismatch',
    `The policy says that ${person} names the persons of ${dataset}, which has no such column`,
    {
      hint: 'Give `person` in policy.yaml as the file does; of a mapped file, as the agreed schema does. Pictures have none.',
    },
  )
}
