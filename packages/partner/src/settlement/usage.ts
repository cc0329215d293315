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

/**
 * Meters one answer, in the transaction that gives it: kept here and told to the hub when it can be reached. Without an
 * agreement nothing is owed, and nothing is metered.
 */
export async function meterAnswer(
  context: NodeContext,
  transaction: Transaction<NodeTables>,
  answer: { version: Id<'version'>; case: Id<'case'>; by: 'agent' | 'expert' },
): Promise<void> {
  const agreement = await latestAgreement({ database: transaction })
  if (!agreement) return
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
    .values({ ...row, told: 0 })
    .execute()
  await record(context, transaction, {
    kind: 'answer-metered',
    body: { usage: document.id, case: answer.case, version: answer.version, by: answer.by },
  })
}

/**
 * Tells the hub what it has not acknowledged yet. Repeating it is fine. What the hub refuses is kept here and logged: it
 * must not keep the node from its other work. Throws `unreachable`.
 */
export async function tellUsage(context: NodeContext): Promise<void> {
  try {
    await tellAll(context)
  } catch (error) {
    if (!(error instanceof Refusal) || error.code === 'unreachable') throw error
    context.log.warn({ code: error.code, message: error.message }, 'usage-refused')
  }
}

async function tellAll(context: NodeContext): Promise<void> {
  for (;;) {
    const rows = await context.database
      .selectFrom('usage')
      .select(['id', 'signed'])
      .where('told', '=', 0)
      .orderBy('id')
      .limit(usagePerCall)
      .execute()
    if (rows.length === 0) return
    const events = rows.map(row => JSON.parse(row.signed) as SignedUsage)
    await context.call(hubEndpoints.putUsage, { body: { events } })
    const ids = rows.map(row => row.id)
    await context.database.updateTable('usage').set({ told: 1 }).where('id', 'in', ids).execute()
  }
}
