import {
  checkDeltaFor,
  defaultDelta,
  type LossLedger,
  openLedger,
  type PrivacyBudget,
} from '@consort/privacy'
import { Refusal } from '@consort/protocol'
import type { Kysely, Selectable } from 'kysely'
import type { NodeContext } from '../context.ts'
import type { NodeTables } from '../tables.ts'
import { readMark } from './privacy-mark.ts'
import type { DatasetBudget, PrivacyPolicy } from './privacy-policy.ts'
import { rememberedUnits } from './remembered-units.ts'
import { type Budgets, budgetsOf, freshLedger, ledgersOf, type UnitLedger } from './unit-ledgers.ts'

/** Records that have a privacy budget, one side of a data set. */
export interface GuardedData {
  readonly dataset: string
  /** The data set's own budget, or one that its records bring along. */
  readonly budget: PrivacyBudget
  readonly budgets: Budgets
  readonly books: readonly UnitLedger[]
  /** The books as they are now: for the transaction that charges them. */
  readBooks(database: Kysely<NodeTables>): Promise<UnitLedger[]>
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
  const row = await rowOf(context, card)
  const own = policy.budgets.find(({ dataset }) => dataset === row.dataset)
  const units = await knownUnits(context)
  if (!own && units === 0) return undefined
  const persons = await waysOfTelling(context, policy)
  const ways = [own?.person ?? null, ...persons.filter(person => person !== (own?.person ?? null))]
  const [first, ...others] = await rememberedUnits(context, row, { side, persons: ways })
  if (!first) throw personMissing(row.dataset, own!.person!)
  const budgets = budgetsByName(policy.budgets, { own, count: first.counts.size, units })
  const readBooks = async (database: Kysely<NodeTables>): Promise<UnitLedger[]> => {
    const fresh = own && (await openFresh(database, context, budgets.get(own.dataset)!))
    const books = await ledgersOf(database, first, fresh)
    for (const other of others) if (other) books.push(...(await ledgersOf(database, other, undefined)))
    return books
  }
  const books = await readBooks(context.database)
  const [any] = books
  if (!any) return undefined
  const { dataset } = row
  const budget = budgets.get(dataset) ?? budgetsOf(any, dataset, budgets)[0]!
  const person = own ? first.person : any.person
  return { dataset, budget, budgets, books, readBooks, person, units: first.counts.size }
}

async function rowOf({ database }: NodeContext, card: string): Promise<Selectable<NodeTables['dataset']>> {
  const row = await database.selectFrom('dataset').selectAll().where('id', '=', card).executeTakeFirst()
  if (row) return row
  throw new Refusal('not-found', `The data card ${card} is not this node's`, {
    hint: 'Register the data set again.',
  })
}

async function knownUnits({ database }: NodeContext): Promise<number> {
  const { units } = await database
    .selectFrom('privacy_unit')
    .select(({ fn }) => fn.countAll<number>().as('units'))
    .executeTakeFirstOrThrow()
  return Number(units)
}

/** By record and by every column of persons that is or was named: so that records keep their books when that changes. */
async function waysOfTelling(
  { database }: NodeContext,
  { budgets }: PrivacyPolicy,
): Promise<(string | null)[]> {
  const rows = await database.selectFrom('privacy_ledger').select('person').distinct().execute()
  return [
    ...new Set([null, ...budgets.map(({ person }) => person ?? null), ...rows.map(({ person }) => person)]),
  ]
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

/** For units that no book has. */
async function openFresh(
  database: Kysely<NodeTables>,
  { enrolment }: NodeContext,
  budget: PrivacyBudget,
): Promise<LossLedger> {
  const { unknown } = await readMark(database, enrolment.member)
  return freshLedger(budget, unknown)
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
