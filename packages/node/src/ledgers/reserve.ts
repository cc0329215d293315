import { addLosses, epsilonOf, type LossCurve, parseLossCurve } from '@consort/privacy'
import {
  type Exemptions,
  hubEndpoints,
  type PrivacyStatement,
  signDocument,
  type Task,
} from '@consort/protocol'
import type { Transaction } from 'kysely'
import { appendEvent, type NodeContext } from '../context.ts'
import { retry } from '../hub/retry.ts'
import type { NodeTables } from '../tables/node-tables.ts'
import type { GuardedData } from './guarded-data.ts'
import { chargeUnits, greatestLoss, settleUnits } from './ledgers.ts'
import { advanceMark, checkLedgers, readMark, witnessMark } from './mark.ts'

/** What a release is made for: a task of a run, a survey, or a side of a data card. */
export interface ReleaseTask {
  readonly id: string
  readonly run: string
  readonly round: number
  readonly card: Task['card']
  readonly withinMs: number
}

/** Budget that was set aside for one release. */
export interface Reservation {
  /** Books it as spent, in the transaction that writes down what was made. */
  settle(transaction: Transaction<NodeTables>): Promise<void>
}

/**
 * Sets aside what one release may lose, before the records are used for it: in the books of all its units and in the event
 * log, in one transaction that is on disk when it ends; then the hub signs for it, and learns what the run may have told so
 * far. A task that begins again reserves again: what a crash kept from being used is wasted, because nobody can
 * tell it from what was used.
 * Throws `privacy-budget-exceeded`, `privacy-budget-restored`, `unreachable`.
 */
export async function reserveRelease(
  context: NodeContext,
  guarded: GuardedData,
  release: {
    readonly task: ReleaseTask
    readonly what: 'training' | 'metrics' | 'statistics' | 'counts'
    /** For a unit with so many of the records. */
    readonly lossOf: (records: number) => LossCurve
    /** What else is told of the records, for the card of a run's model; a survey and a data card have none. */
    readonly exempt?: Exemptions
  },
  signal: AbortSignal,
): Promise<Reservation & { readonly release: string }> {
  const { task, what, exempt } = release
  const lossOf = computedOnce(release.lossOf)
  const { dataset, budgets, books, readLedgers } = guarded
  const patient = { signal, withinMs: task.withinMs }
  await retry(() => witnessMark(context), patient) // a reservation that a crash kept from being told
  await retry(() => checkLedgers(context), patient)
  const most = lossOf(Math.max(...books.map(({ records }) => records)))
  const name = await context.database.transaction().execute(async transaction => {
    const name = await nameRelease(transaction, task)
    await chargeUnits(transaction, await readLedgers(transaction), {
      release: name,
      dataset,
      budgets,
      lossOf,
    })
    const { id, run } = task
    await transaction
      .insertInto('privacy_release')
      .values({ release: name, task: id, run, dataset, loss: JSON.stringify(most), settled: 0 })
      .execute()
    const { counter, head } = await advanceMark(context, transaction, { release: name, dataset })
    const body = { release: name, run, round: task.round, task: id, dataset, what, counter, head }
    await appendEvent(context, transaction, { kind: 'privacy-reserved', body })
    return name
  })
  await retry(() => witnessMark(context), patient)
  if (exempt) await retry(() => stateLoss(context, guarded, task, exempt), patient)
  return { release: name, settle: transaction => settleRelease(context, transaction, name) }
}

/** Books what was reserved for a release as spent; nothing if it is booked. */
export async function settleRelease(
  context: NodeContext,
  transaction: Transaction<NodeTables>,
  release: string,
): Promise<void> {
  const { numUpdatedRows } = await transaction
    .updateTable('privacy_release')
    .set({ settled: 1 })
    .where('release', '=', release)
    .where('settled', '=', 0)
    .executeTakeFirstOrThrow()
  if (numUpdatedRows === 0n) return
  await settleUnits(transaction, release)
  await appendEvent(context, transaction, { kind: 'privacy-settled', body: { release } })
}

/** Books are many, and differ little in how many records their units have; a curve of a group is an integral. */
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
  const { begun } = await transaction
    .selectFrom('privacy_release')
    .select(({ fn }) => fn.countAll<number>().as('begun'))
    .where('task', '=', id)
    .executeTakeFirstOrThrow()
  return `${id} ${Number(begun) + 1}`
}

/** Tells the hub what the run may have told of these records so far, for the card of its model. */
export async function stateLoss(
  context: NodeContext,
  { budget, person }: Pick<GuardedData, 'budget' | 'person'>,
  { run, card }: Pick<ReleaseTask, 'run' | 'card'>,
  exempt: Exemptions,
): Promise<void> {
  const { epsilon } = epsilonOf(await lossOfRun(context, run), { delta: budget.delta })
  const document: PrivacyStatement = {
    kind: 'privacy-statement',
    member: context.enrolment.member,
    run: run as Task['run'],
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

/** After books were reconciled nobody knows what of it this run was: then it is all that can have been lost. */
async function lossOfRun({ database, enrolment }: NodeContext, run: string): Promise<LossCurve> {
  const { unknown } = await readMark(database, enrolment.member)
  if (unknown.some(loss => loss > 0)) return await greatestLoss(database, unknown)
  const rows = await database.selectFrom('privacy_release').select('loss').where('run', '=', run).execute()
  return addLosses(...rows.map(({ loss }) => parseLossCurve(JSON.parse(loss))))
}
