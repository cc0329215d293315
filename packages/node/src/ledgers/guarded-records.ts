import { checkDeltaFor, defaultDelta, openLedger, type PrivacyBudget } from '@consort/privacy'
import { type Id, Refusal } from '@consort/protocol'
import type { Logger } from 'pino'
import { registeredDataset } from '../datasets/find-dataset.ts'
import type { DatasetBudget, PrivacyPolicy } from '../policy/privacy-policy.ts'
import type { NodeReader } from '../tables/node-tables.ts'
import { countUnits, personColumns } from './ledger-store.ts'
import { type Budgets, budgetsOf, ledgersOf, type UnitLedger } from './ledgers.ts'
import { createNamedLedgers, freshLedger } from './named-ledgers.ts'
import { createRecordReader } from './records-of-persons.ts'
import { createUnitReader, type UnitReader } from './remembered-units.ts'
import { type PrivacyUnitRule, type UnitSource, unitRuleOf } from './units.ts'
import { findUnknownPersons, personsUnknown } from './unknown-persons.ts'

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
   * 1/(10 N), `data-mismatch` where the column of persons is missing, `policy-refused` where some of the records have
   * a budget by person and it does not say whose they are, and as `readUnits` does.
   */
  of(card: Id<'card'>, asked: AskedSide): Promise<GuardedData | undefined>
  /** The same for whoever only looks, without that refusal. */
  look(card: Id<'card'>, asked: AskedSide): Promise<GuardedData | undefined>
  /** The name of a data set whose budget holds for some of these records, also where `of` refuses. */
  nameOf(card: Id<'card'>, asked: AskedSide): Promise<string | undefined>
}

/** One side of a data set under a policy. */
export interface AskedSide {
  readonly policy: PrivacyPolicy
  readonly side: 'train' | 'evaluation'
}

export interface GuardedRecordsSetup extends UnitSource {
  /** This node's. */
  readonly member: Id<'member'>
  readonly log: Logger
}

/** Makes ready what finds the budgets of records. */
export function createGuardedRecords(setup: GuardedRecordsSetup): GuardedRecords {
  const { database, member, log, readings } = setup
  const unitsOf = createUnitReader(setup)
  const recordsOf = createRecordReader(setup)
  const openNamed = createNamedLedgers({ database, member, log, readings, unitsOf, recordsOf })
  const look: GuardedRecords['look'] = async (card, asked) => {
    await openNamed(asked.policy)
    return await findGuarded({ database, member, unitsOf }, card, asked)
  }
  const find = async (card: Id<'card'>, asked: AskedSide) => {
    await openNamed(asked.policy)
    const row = await registeredDataset({ database }, card)
    const own = ownBudget(row, asked.policy)
    return { row, unknown: await findUnknownPersons({ database, recordsOf }, row, { own, side: asked.side }) }
  }
  return {
    look,
    async of(card, asked) {
      const { row, unknown } = await find(card, asked)
      if (unknown) throw personsUnknown(row, unknown)
      return await look(card, asked)
    },
    async nameOf(card, asked) {
      return (await look(card, asked))?.dataset ?? (await find(card, asked)).unknown?.dataset
    },
  }
}

async function findGuarded(
  { database, member, unitsOf }: Pick<GuardedRecordsSetup, 'database' | 'member'> & { unitsOf: UnitReader },
  card: Id<'card'>,
  { policy, side }: AskedSide,
): Promise<GuardedData | undefined> {
  const row = await registeredDataset({ database }, card)
  const own = ownBudget(row, policy)
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
}

function ownBudget(
  { dataset }: { readonly dataset: string },
  { budgets }: PrivacyPolicy,
): DatasetBudget | undefined {
  return budgets.find(budget => budget.dataset === dataset)
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
