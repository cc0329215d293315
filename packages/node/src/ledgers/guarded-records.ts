import { checkDeltaFor, defaultDelta, openLedger, type PrivacyBudget } from '@consort/privacy'
import { type Id, Refusal } from '@consort/protocol'
import type { Logger } from 'pino'
import { registeredDataset } from '../datasets/find-dataset.ts'
import type { DatasetBudget, PrivacyPolicy } from '../policy/privacy-policy.ts'
import type { NodeReader } from '../tables/node-tables.ts'
import { countUnits, personColumns } from './ledger-store.ts'
import { type Budgets, budgetsOf, ledgersOf, type UnitLedger } from './ledgers.ts'
import { createNamedLedgers, freshLedger } from './named-ledgers.ts'
import { createUnitReader } from './remembered-units.ts'
import { type PrivacyUnitRule, type UnitSource, unitRuleOf } from './units.ts'

/** Records that have a privacy budget, one side of a data set. */
export interface GuardedData {
  readonly dataset: string
  /** The data set's own budget, or one that its records bring along. */
  readonly budget: PrivacyBudget
  readonly budgets: Budgets
  readonly ledgers: readonly UnitLedger[]
  /** The ledgers as they are now: for the transaction that charges them. */
  readLedgers(database: NodeReader): Promise<UnitLedger[]>
  /** The column that names persons; null when every record is a unit. */
  readonly person: string | null
  /** Records or persons. */
  readonly units: number
}

/** Knows which records have a privacy budget. Built once: it remembers what it has read of their files. */
export interface GuardedRecords {
  /**
   * The budgets and ledgers of a registered data set; undefined when nothing limits it: neither is a budget named for
   * it, nor are any of its records in the ledgers of another one. Throws `privacy-parameters-invalid` for a δ above
   * 1/(10 N), `data-mismatch` where the column of persons is missing, and as `readUnits` does.
   */
  of(
    card: Id<'card'>,
    asked: { policy: PrivacyPolicy; side: 'train' | 'evaluation' },
  ): Promise<GuardedData | undefined>
}

export interface GuardedRecordsSetup extends UnitSource {
  /** This node's. */
  readonly member: Id<'member'>
  readonly log: Logger
}

/** Makes ready what finds the budgets of records. */
export function createGuardedRecords(setup: GuardedRecordsSetup): GuardedRecords {
  const { database, member, log } = setup
  const unitsOf = createUnitReader(setup)
  const openNamed = createNamedLedgers({ database, member, log, unitsOf })
  return {
    async of(card, { policy, side }) {
      await openNamed(policy)
      const row = await registeredDataset({ database }, card)
      const own = policy.budgets.find(({ dataset }) => dataset === row.dataset)
      const units = await countUnits(database)
      if (!own && units === 0) return undefined
      const rules = unitRules(await personColumns(database), policy, own)
      const [first, ...others] = await unitsOf(row, { side, rules })
      if (!first) throw personMissing(row.dataset, own!.person!)
      const budgets = budgetsByName(policy.budgets, { own, count: first.counts.size, units })
      const readLedgers = async (within: NodeReader): Promise<UnitLedger[]> => {
        const fresh = own && (await freshLedger(within, budgets.get(own.dataset)!, member))
        const ledgers = await ledgersOf(within, first, fresh)
        for (const other of others) if (other) ledgers.push(...(await ledgersOf(within, other, undefined)))
        return ledgers
      }
      const ledgers = await readLedgers(database)
      const [any] = ledgers
      if (!any) return undefined
      const { dataset } = row
      const budget = budgets.get(dataset) ?? budgetsOf(any, dataset, budgets)[0]!
      const person = own ? first.person : any.person
      return { dataset, budget, budgets, ledgers, readLedgers, person, units: first.counts.size }
    },
  }
}

/**
 * The data set's own rule first, then by record and by every other column of persons that is or was named: so that
 * records keep their ledgers when that changes.
 */
function unitRules(
  known: readonly (string | null)[],
  { budgets }: PrivacyPolicy,
  own: DatasetBudget | undefined,
): PrivacyUnitRule[] {
  const named = [...(own ? [own] : []), ...budgets].map(unitRuleOf)
  const former = known.map((person): PrivacyUnitRule => ({ person, recordsMax: null }))
  const all = [...named.slice(0, own ? 1 : 0), { person: null, recordsMax: null }, ...named, ...former]
  return all.filter((rule, place) => all.findIndex(({ person }) => person === rule.person) === place)
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
