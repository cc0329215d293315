import {
  createId,
  digestOfDocument,
  hubEndpoints,
  type Id,
  Refusal,
  type SignedUsage,
  signDocument,
  type Usage,
  usagePerCall,
} from '@consort/protocol'
import type { Transaction } from 'kysely'
import { latestAgreement } from '../agreements.ts'
import { type NodeContext, record } from '../context.ts'
import type { NodeTables } from '../tables.ts'
import { isPassing } from '../work/retry.ts'

/**
 * Meters one answer, in the transaction that gives it: kept here and told to the hub when it can be reached. Where no
 * agreement lets this node's agents answer, nothing is owed, and nothing is metered: such as a case that a person closes
 * after an amendment took the use away.
 */
export async function meterAnswer(
  context: NodeContext,
  transaction: Transaction<NodeTables>,
  answer: { version: Id<'version'>; case: Id<'case'>; by: 'agent' | 'expert' },
): Promise<void> {
  const agreement = await latestAgreement({ database: transaction })
  if (!agreement?.use.includes(context.enrolment.name)) return
  const document: Usage = {
    kind: 'usage',
    id: createId('usage', context.entropy),
    agreement: digestOfDocument(agreement),
    member: context.enrolment.member,
    at: context.now().toISOString(),
    ...answer,
  }
  const signed: SignedUsage = { document, signatures: [signDocument(document, context.key)] }
  const row = {
    id: document.id,
    month: document.at.slice(0, 'yyyy-mm'.length),
    signed: JSON.stringify(signed),
  }
  await transaction
    .insertInto('usage')
    .values({ ...row, told: usageStates.waiting })
    .execute()
  await record(context, transaction, {
    kind: 'answer-metered',
    body: { usage: document.id, case: answer.case, version: answer.version, by: answer.by },
  })
}

/** In `usage.told`. */
export const usageStates = { waiting: 0, told: 1, refused: 2 } as const

/**
 * Tells the hub what it has not acknowledged yet. Repeating it is fine. An event that the hub refuses is marked and logged,
 * and keeps neither the others nor the node's work. Throws `unreachable`.
 */
export async function tellUsage(context: NodeContext): Promise<void> {
  for (;;) {
    const rows = await context.database
      .selectFrom('usage')
      .select(['id', 'signed'])
      .where('told', '=', usageStates.waiting)
      .orderBy('id')
      .limit(usagePerCall)
      .execute()
    if (rows.length === 0) return
    const events = rows.map(row => JSON.parse(row.signed) as SignedUsage)
    if (await isTaken(context, events)) await mark(context, events, usageStates.told)
    else for (const event of events) await tellOne(context, event)
  }
}

async function tellOne(context: NodeContext, event: SignedUsage): Promise<void> {
  const isTold = await isTaken(context, [event])
  await mark(context, [event], isTold ? usageStates.told : usageStates.refused)
}

async function isTaken(context: NodeContext, events: SignedUsage[]): Promise<boolean> {
  try {
    await context.call(hubEndpoints.putUsage, { body: { events } })
    return true
  } catch (error) {
    if (!(error instanceof Refusal) || isPassing(error)) throw error
    context.log.warn({ events: events.length, code: error.code, message: error.message }, 'usage-refused')
    return false
  }
}

async function mark({ database }: NodeContext, events: readonly SignedUsage[], told: number): Promise<void> {
  const ids = events.map(({ document }) => document.id)
  await database.updateTable('usage').set({ told }).where('id', 'in', ids).execute()
}
