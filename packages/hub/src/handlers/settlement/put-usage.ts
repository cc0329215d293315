import { checkUse } from '@consort/agreements'
import { canonicalJson, type Id, Refusal, type SignedUsage, usageBytesMax } from '@consort/protocol'
import { appendEvent, type BlobStore } from '@consort/storage'
import type { HubHandler, MemberCaller } from '../../callers.ts'
import { agreementSeries } from '../../documents/agreement.ts'
import { findDocument } from '../../documents/countersigned-store.ts'
import { checkOwnDocument } from '../../documents/own-signature.ts'
import type { LogOwner } from '../../log/log-owner.ts'
import { publishedVersion } from '../../runs/version-store.ts'
import { knownUsage } from '../../settlement/known-usage.ts'
import { isArchived } from '../../settlement/usage-page-store.ts'
import { findUsage, insertUsage, monthOf } from '../../settlement/usage-store.ts'
import type { HubDatabase, HubTransaction } from '../../tables/hub-tables.ts'

type UsageContext = LogOwner & { readonly database: HubDatabase; readonly blobs: BlobStore }

/** Keeps what a member's agents have answered; an event that is known counts once. */
export function putUsage(context: UsageContext): HubHandler<'putUsage'> {
  return async ({ body: { events }, caller }) => {
    for (const event of events) {
      const { id } = event.document
      checkOwnDocument(event, caller, `The usage event ${id} is not signed by the member that reports it`)
      checkSize(event)
    }
    // Before the transaction, which holds up every other one: files may have to be read.
    const known = await knownUsage(context, events)
    await context.database.transaction().execute(async transaction => {
      for (const event of events) await keepEvent(context, transaction, { event, known, caller })
    })
  }
}

/** A page of events has a bound: nobody may make one that the others cannot fetch. */
function checkSize(event: SignedUsage): void {
  const bytes = Buffer.byteLength(canonicalJson(event))
  if (bytes > usageBytesMax) {
    throw new Refusal('too-large', `The usage event ${event.document.id} has ${bytes} octets`, {
      hint: `At most ${usageBytesMax}: one signature and a time to the millisecond fit.`,
    })
  }
}

interface ToldEvent {
  readonly event: SignedUsage
  /** What was known before this call. */
  readonly known: ReadonlyMap<Id<'usage'>, SignedUsage>
  readonly caller: MemberCaller
}

async function keepEvent(
  context: LogOwner,
  transaction: HubTransaction,
  { event: signed, known: before, caller: { name } }: ToldEvent,
): Promise<void> {
  const { id, member, version, agreement, case: about, by } = signed.document
  const known = before.get(id) ?? (await findUsage(transaction, id))
  if (known && canonicalJson(known) === canonicalJson(signed)) return
  if (known) throw new Refusal('state-conflict', `The usage event ${id} was reported with another content`)
  await checkCovered(transaction, signed, name)
  await checkOpen(transaction, signed)
  await insertUsage(transaction, signed)
  const body = { usage: id, member, version, agreement, case: about, by }
  await appendEvent(context, transaction, { kind: 'usage-told', body })
}

/** Only answers with a published version, under terms that were signed by all, can be settled. */
async function checkCovered(
  transaction: HubTransaction,
  { document: { agreement: digest, version } }: SignedUsage,
  name: string,
): Promise<void> {
  const terms = await findDocument(transaction, agreementSeries, { digest, state: 'in-force' })
  if (!terms)
    throw new Refusal('agreement-refused', 'The usage is reported under an agreement that nobody signed')
  checkUse(terms, name)
  await publishedVersion(transaction, version)
}

/** A month that is archived is settled: what its pages do not have was told too late. */
async function checkOpen(transaction: HubTransaction, { document }: SignedUsage): Promise<void> {
  const month = monthOf(document)
  if (!(await isArchived(transaction, { agreement: document.agreement, month }))) return
  throw new Refusal(
    'state-conflict',
    `The usage of ${month} is settled and archived, and ${document.id} is not in it`,
    { hint: 'What is settled stays settled: settle the rest outside, and ask why the usage was told late.' },
  )
}
