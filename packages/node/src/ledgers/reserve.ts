import { epsilonOf, type LossCurve } from '@consort/privacy'
import {
  type Exemptions,
  hubEndpoints,
  type Id,
  type PrivacyStatement,
  signDocument,
} from '@consort/protocol'
import { appendEvent, type LogOwner } from '@consort/storage'
import type { Transaction } from 'kysely'
import { retry } from '../hub/retry.ts'
import type { NodeTables } from '../tables/node-tables.ts'
import type { LedgerContext, ReleaseContext } from './context.ts'
import type { GuardedData } from './guarded-records.ts'
import { chargeUnits, greatestLoss, settleUnits } from './ledgers.ts'
import { advanceMark, checkLedgers, witnessMark } from './mark.ts'
import { readMark } from './mark-store.ts'
import { countReleasesOf, keepRelease, lossOfReleases, markSettled } from './release-store.ts'

/** What a release is made for: a task of a run, a survey, or a side of a data card. */
export interface ReleaseTask {
  readonly id: string
  readonly run: string
  readonly round: number
  readonly card: Id<'card'>
  readonly withinMs: number
}

/** Budget that was set aside for one release. */
export interface Reservation {
  /** Counts it as spent, in the transaction that writes down what was made. */
  settle(transaction: Transaction<NodeTables>): Promise<void>
}

/**
 * Sets aside what one release may lose, before the records are used for it: in the ledgers of all its units and in the
 * event log, in one transaction that is on disk when it ends; then the hub signs for it, and learns what the run may
 * have told so far. A task that begins again reserves again: what a crash kept from being used is wasted, because
 * nobody can tell it from what was used. Throws `privacy-budget-exceeded`, `privacy-budget-restored`, `unreachable`.
 */
export async function reserveRelease(
  context: ReleaseContext,
  guarded: GuardedData,
  release: {
    readonly task: ReleaseTask
    readonly what: 'training' | 'metrics' | 'statistics' | 'counts'
    /** For a unit with so many of the records. */
    readonly lossOf: (records: number) => LossCurve
    /** For the card of a run's model: what else is told of the records. A survey and a data card have none. */
    readonly statement?: { readonly run: Id<'run'>; readonly exempt: Exemptions }
  },
  signal: AbortSignal,
): Promise<Reservation & { readonly release: string }> {
  const { task, what, statement } = release
  const lossOf = computedOnce(release.lossOf)
  const { dataset, budgets, ledgers, readLedgers } = guarded
  const patient = { signal, withinMs: task.withinMs }
  await retry(() => witnessMark(context), patient) // a reservation that a crash kept from being told
  await retry(() => checkLedgers(context), patient)
  const most = lossOf(Math.max(...ledgers.map(({ records }) => records)))
  const name = await context.database.transaction().execute(async transaction => {
    const name = await nameRelease(transaction, task)
    await chargeUnits(transaction, await readLedgers(transaction), {
      release: name,
      dataset,
      budgets,
      lossOf,
    })
    const { id, run } = task
    await keepRelease(transaction, { release: name, task: id, run, dataset, loss: most })
    const { counter, head } = await advanceMark(context, transaction, { release: name, dataset })
    const body = { release: name, run, round: task.round, task: id, dataset, what, counter, head }
    await appendEvent(context, transaction, { kind: 'privacy-reserved', body })
    return name
  })
  await retry(() => witnessMark(context), patient)
  if (statement) {
    const of = { ...statement, card: task.card }
    await retry(() => stateLoss(context, guarded, of), patient)
  }
  return { release: name, settle: transaction => settleRelease(context, transaction, name) }
}

/** Counts what was reserved for a release as spent; nothing where it was counted before. */
export async function settleRelease(
  context: LogOwner,
  transaction: Transaction<NodeTables>,
  release: string,
): Promise<void> {
  if (!(await markSettled(transaction, release))) return
  await settleUnits(transaction, release)
  await appendEvent(context, transaction, { kind: 'privacy-settled', body: { release } })
}

/** Ledgers are many, and differ little in how many records their units have; a curve of a group is an integral. */
function computedOnce(lossOf: (records: number) => LossCurve): (records: number) => LossCurve {
  const computed = new Map<number, LossCurve>()
  return records => {
    const loss = computed.get(records) ?? lossOf(records)
    computed.set(records, loss)
    return loss
  }
}

/** The task and the how-manieth time that it is begun. */
async function nameRelease(transaction: Transaction<NodeTables>, { id }: ReleaseTask): Promise<string> {
  return `${id} ${(await countReleasesOf(transaction, id)) + 1}`
}

/** Tells the hub what the run may have told of these records so far, for the card of its model. */
export async function stateLoss(
  context: ReleaseContext,
  { budget, person }: Pick<GuardedData, 'budget' | 'person'>,
  { run, card, exempt }: { readonly run: Id<'run'>; readonly card: Id<'card'>; readonly exempt: Exemptions },
): Promise<void> {
  const { epsilon } = epsilonOf(await lossOfRun(context, run), { delta: budget.delta })
  const document: PrivacyStatement = {
    kind: 'privacy-statement',
    member: context.enrolment.member,
    run,
    card,
    unit: person === null ? 'record' : 'person',
    epsilon,
    delta: budget.delta,
    budget: budget.epsilon,
    exempt,
  }
  const body = { document, signatures: [signDocument(document, context.key)] }
  await context.call(hubEndpoints.putPrivacyStatement, { body })
}

/** After ledgers were reconciled nobody knows what of it this run was: then it is all that can have been lost. */
async function lossOfRun(
  { database, enrolment }: Pick<LedgerContext, 'database' | 'enrolment'>,
  run: Id<'run'>,
): Promise<LossCurve> {
  const { unknown } = await readMark(database, enrolment.member)
  if (unknown.some(loss => loss > 0)) return await greatestLoss(database, unknown)
  return await lossOfReleases(database, run)
}
