import {
  createId,
  type Digest,
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
import { appendEvent, type NodeContext } from '../context.ts'
import { latestAgreement } from '../hub/agreements.ts'
import { isPassing } from '../hub/retry.ts'
import type { NodeTables } from '../tables/node-tables.ts'

/** An answer that may have to be paid for. */
export interface MeteredAnswer {
  readonly version: Id<'version'>
  readonly case: Id<'case'>
  readonly by: 'agent' | 'expert'
}

/**
 * Meters answers, in the transaction that gives them: kept here and told to the hub when it can be reached. Where no
 * agreement lets this node's agents answer, nothing is owed, and nothing is metered: such as a case that a person closes
 * after an amendment took the use away. Whether they were metered.
 */
export async function meterAnswers(
  context: NodeContext,
  transaction: Transaction<NodeTables>,
  answers: readonly MeteredAnswer[],
): Promise<boolean> {
  const agreement = await latestAgreement({ database: transaction })
  if (!agreement?.use.includes(context.enrolment.name)) return false
  const terms = digestOfDocument(agreement)
  const signed = answers.map(answer => signUsage(context, terms, answer))
  const rows = signed.map(({ document, signatures }) => ({
    id: document.id,
    month: document.at.slice(0, 'yyyy-mm'.length),
    signed: JSON.stringify({ document, signatures } satisfies SignedUsage),
    told: usageStates.waiting,
  }))
  await transaction.insertInto('usage').values(rows).execute()
  const [only] = signed
  await appendEvent(
    context,
    transaction,
    signed.length === 1
      ? { kind: 'answer-metered', body: meteredBody(only!.document) }
      : { kind: 'answers-metered', body: { answers: signed.map(({ document }) => meteredBody(document)) } },
  )
  return true
}

function meteredBody({ id, case: asked, version, by }: Usage) {
  return { usage: id, case: asked, version, by }
}

function signUsage(context: NodeContext, agreement: Digest, answer: MeteredAnswer): SignedUsage {
  const document: Usage = {
    kind: 'usage',
    id: createId('usage', context.entropy),
    agreement,
    member: context.enrolment.member,
    at: context.now().toISOString(),
    ...answer,
  }
  return { document, signatures: [signDocument(document, context.key)] }
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
