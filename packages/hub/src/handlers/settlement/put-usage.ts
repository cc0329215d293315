import { checkUse } from '@consort/agreements'
import {
  type Agreement,
  documentSignatureHolds,
  type hubEndpoints,
  Refusal,
  type SignedUsage,
} from '@consort/protocol'
import type { Handler } from '@consort/protocol/routes'
import {
  appendEvent,
  type HubCallers,
  type HubContext,
  type HubTransaction,
  type MemberCaller,
} from '../../context.ts'

export function putUsage(context: HubContext): Handler<typeof hubEndpoints.putUsage, HubCallers> {
  return async ({ body: { events }, caller }) => {
    const member = caller
    for (const event of events) checkSigned(event, member)
    await context.database.transaction().execute(async transaction => {
      for (const event of events) await keepEvent(context, transaction, event, member)
    })
  }
}

function checkSigned({ document, signatures }: SignedUsage, { id, key }: MemberCaller): void {
  const signature = signatures.find(entry => entry.key === key)
  if (document.member === id && signature && documentSignatureHolds(document, signature)) return
  throw new Refusal(
    'signature-invalid',
    `The usage event ${document.id} is not signed by the member that tells it`,
  )
}

async function keepEvent(
  context: HubContext,
  transaction: HubTransaction,
  signed: SignedUsage,
  member: MemberCaller,
): Promise<void> {
  const { document } = signed
  const { id, version, at } = document
  const text = JSON.stringify(signed)
  const known = await transaction.selectFrom('usage').select('signed').where('id', '=', id).executeTakeFirst()
  if (known?.signed === text) return
  if (known) throw new Refusal('state-conflict', `The usage event ${id} was told with another content`)
  await checkCovered(transaction, signed, member)
  const row = { id, member: member.id, version, month: at.slice(0, 'yyyy-mm'.length), signed: text }
  await transaction.insertInto('usage').values(row).execute()
  const { agreement, case: about, by } = document
  const body = { usage: id, member: member.id, version, agreement, case: about, by }
  await appendEvent(context, transaction, { kind: 'usage-told', body })
}

/** Only answers with a published version, under terms that were signed by all, can be settled. */
async function checkCovered(
  transaction: HubTransaction,
  { document: { agreement, version } }: SignedUsage,
  { name }: MemberCaller,
): Promise<void> {
  const terms = await transaction
    .selectFrom('countersigned')
    .select('document')
    .where('digest', '=', agreement)
    .where('kind', '=', 'agreement')
    .where('state', '=', 'in-force')
    .executeTakeFirst()
  if (!terms)
    throw new Refusal('agreement-refused', 'The usage is told under an agreement that nobody signed')
  checkUse(JSON.parse(terms.document) as Agreement, name)
  const published = await transaction
    .selectFrom('version')
    .select('id')
    .where('id', '=', version)
    .where('published', '=', 1)
    .executeTakeFirst()
  if (!published) throw new Refusal('not-found', `There is no model ${version}`)
}
