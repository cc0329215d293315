import {
  type Caller,
  createId,
  type Digest,
  digestOfDocument,
  type Entropy,
  hubEndpoints,
  type Id,
  type KeyPair,
  Refusal,
  type SignedUsage,
  signDocument,
  type Usage,
  usagePerCall,
} from '@consort/protocol'
import { appendEvent } from '@consort/storage'
import type { Kysely, Transaction } from 'kysely'
import type { Logger } from 'pino'
import type { Enrolment } from '../enrolment.ts'
import { latestAgreement } from '../hub/agreements.ts'
import { isPassing } from '../hub/retry.ts'
import type { NodeTables } from '../tables/node-tables.ts'
import { keepUsage, markUsage, waitingUsage } from './usage-store.ts'

/** An answer that may have to be paid for. */
export interface MeteredAnswer {
  readonly version: Id<'version'>
  readonly case: Id<'case'>
  readonly by: 'agent' | 'expert'
}

/** What answers are metered with. */
export interface MeterContext {
  readonly enrolment: Enrolment
  readonly key: KeyPair
  readonly entropy: Entropy
  readonly now: () => Date
}

/**
 * Meters answers, in the transaction that gives them: they are kept here, and the outbox tells the hub. Where no
 * agreement lets this node's agents answer, nothing is owed, and nothing is metered: such as a case that a person
 * closes after an amendment took the use away. Returns true when the answers were metered.
 */
export async function meterAnswers(
  context: MeterContext,
  transaction: Transaction<NodeTables>,
  answers: readonly MeteredAnswer[],
): Promise<boolean> {
  const agreement = await latestAgreement({ database: transaction })
  if (!agreement?.use.includes(context.enrolment.name)) return false
  const terms = digestOfDocument(agreement)
  const signed = answers.map(answer => signUsage(context, terms, answer))
  await keepUsage(transaction, signed)
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

function signUsage(context: MeterContext, agreement: Digest, answer: MeteredAnswer): SignedUsage {
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

/** What tells the hub of answers. */
export interface TellContext {
  readonly database: Kysely<NodeTables>
  readonly call: Caller
  readonly log: Logger
}

/**
 * Tells the hub what it has not acknowledged yet. Repeating it is fine. An event that the hub refuses is marked and
 * logged, and keeps neither the others nor the node's work. Throws `unreachable` and other refusals that may pass.
 */
export async function tellUsage(context: TellContext): Promise<void> {
  for (;;) {
    const events = await waitingUsage(context.database, usagePerCall)
    if (events.length === 0) return
    if (await isTaken(context, events)) await markUsage(context.database, events, 'told')
    else for (const event of events) await tellOne(context, event)
  }
}

async function tellOne(context: TellContext, event: SignedUsage): Promise<void> {
  const isTold = await isTaken(context, [event])
  await markUsage(context.database, [event], isTold ? 'told' : 'refused')
}

async function isTaken(context: TellContext, events: SignedUsage[]): Promise<boolean> {
  try {
    await context.call(hubEndpoints.putUsage, { body: { events } })
    return true
  } catch (error) {
    if (!(error instanceof Refusal) || isPassing(error)) throw error
    context.log.warn({ events: events.length, code: error.code, message: error.message }, 'usage-refused')
    return false
  }
}
