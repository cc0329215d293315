import { checkUse } from '@consort/agreements'
import { canonicalJson, Refusal, type SignedUsage, usageBytesMax } from '@consort/protocol'
import { appendEvent } from '@consort/storage'
import type { HubHandler, MemberCaller } from '../../callers.ts'
import { agreementSeries } from '../../documents/agreement.ts'
import { findDocument } from '../../documents/countersigned-store.ts'
import { checkOwnDocument } from '../../documents/own-signature.ts'
import type { LogOwner } from '../../log/log-owner.ts'
import { publishedVersion } from '../../runs/version-store.ts'
import { findUsage, insertUsage } from '../../settlement/usage-store.ts'
import type { HubDatabase, HubTransaction } from '../../tables/hub-tables.ts'

/** Keeps what a member's agents have answered; an event that is known counts once. */
export function putUsage(context: LogOwner & { readonly database: HubDatabase }): HubHandler<'putUsage'> {
  return async ({ body: { events }, caller }) => {
    for (const event of events) {
      const { id } = event.document
      checkOwnDocument(event, caller, `The usage event ${id} is not signed by the member that reports it`)
      checkSize(event)
    }
    await context.database.transaction().execute(async transaction => {
      for (const event of events) await keepEvent(context, transaction, event, caller)
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

async function keepEvent(
  context: LogOwner,
  transaction: HubTransaction,
  signed: SignedUsage,
  { name }: MemberCaller,
): Promise<void> {
  const { id, member, version, agreement, case: about, by } = signed.document
  const known = await findUsage(transaction, id)
  if (known && canonicalJson(known) === canonicalJson(signed)) return
  if (known) throw new Refusal('state-conflict', `The usage event ${id} was reported with another content`)
  await checkCovered(transaction, signed, name)
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
