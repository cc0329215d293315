import {
  type Digest,
  type Document,
  type DocumentSignature,
  digestOfDocument,
  documentSignatureHolds,
  type PublicKey,
  Refusal,
  type Signed,
  signDocument,
} from '@consort/protocol'
import type { Kysely } from 'kysely'
import { appendEvent, type HubContext, type HubTransaction, type MemberCaller } from './context.ts'
import type { HubTables } from './tables.ts'

/** Documents that members sign after the hub. */
export type CountersignedKind = 'roster' | 'agreement' | 'statement'

/** Of each series at most one version is in force, and one proposed: one roster, one agreement, a statement a month. */
export interface Series {
  readonly kind: CountersignedKind
  /** Month and agreement of a statement; empty for the others. */
  readonly about: string
}

/** The version in force, and the one that is proposed after it. */
export interface Countersigned<D extends Document> {
  readonly inForce: Signed<D> | null
  readonly proposed: Signed<D> | null
}

export async function readCountersigned<D extends Document>(
  database: Kysely<HubTables>,
  { kind, about }: Series,
): Promise<Countersigned<D>> {
  const latest = async (state: 'in-force' | 'proposed'): Promise<Signed<D> | null> => {
    const row = await database
      .selectFrom('countersigned')
      .selectAll()
      .where('kind', '=', kind)
      .where('about', '=', about)
      .where('state', '=', state)
      .orderBy('version', 'desc')
      .executeTakeFirst()
    if (!row) return null
    const signatures = await database
      .selectFrom('countersignature')
      .select(['key', 'signature'])
      .where('digest', '=', row.digest)
      .orderBy('key')
      .execute()
    return { document: JSON.parse(row.document) as D, signatures: signatures as DocumentSignature[] }
  }
  return { inForce: await latest('in-force'), proposed: await latest('proposed') }
}

/** The number of the next proposal: each has one of its own, also after one that was never signed by all. */
export async function nextVersion(transaction: HubTransaction, { kind, about }: Series): Promise<number> {
  const { latest } = await transaction
    .selectFrom('countersigned')
    .select(({ fn }) => fn.max<number | null>('version').as('latest'))
    .where('kind', '=', kind)
    .where('about', '=', about)
    .executeTakeFirstOrThrow()
  return (latest ?? 0) + 1
}

/** Puts a document up for signature, signed by the hub. An earlier proposal, and what was signed of it, is void. */
export async function propose(
  context: HubContext,
  transaction: HubTransaction,
  { kind, about }: Series,
  { document, version }: { document: Document; version: number },
): Promise<void> {
  const digest = digestOfDocument(document)
  await transaction
    .updateTable('countersigned')
    .set({ state: 'void' })
    .where('kind', '=', kind)
    .where('about', '=', about)
    .where('state', '=', 'proposed')
    .execute()
  await transaction
    .insertInto('countersigned')
    .values({ digest, kind, about, version, document: JSON.stringify(document), state: 'proposed' })
    .onConflict(conflict => conflict.column('digest').doUpdateSet({ state: 'proposed' }))
    .execute()
  await transaction
    .insertInto('countersignature')
    .values({ digest, ...signDocument(document, context.key) })
    .onConflict(conflict => conflict.doNothing())
    .execute()
  await appendEvent(context, transaction, { kind: `${kind}-proposed`, body: { version, [kind]: digest } })
}

export interface SigningRules<D extends Document> {
  readonly series: Series
  /** Who still has to sign, by name. */
  readonly missing: (
    signed: Signed<D>,
    transaction: HubTransaction,
  ) => readonly string[] | Promise<readonly string[]>
  /** What to do when the text that was signed is not the one proposed now. */
  readonly hint: string
}

/** Adds a member's signature to the proposed document; puts it in force with the last one. Safe to repeat. */
export async function countersign<D extends Document>(
  context: HubContext,
  { series, missing, hint }: SigningRules<D>,
  { digest, signature, caller }: { digest: Digest; signature: DocumentSignature; caller: MemberCaller },
): Promise<void> {
  const { kind } = series
  await context.database.transaction().execute(async transaction => {
    const { proposed, inForce } = await readCountersigned<D>(transaction, series)
    if (inForce && digestOfDocument(inForce.document) === digest) return
    if (!proposed || digestOfDocument(proposed.document) !== digest) {
      throw new Refusal(
        kind === 'statement' ? 'statement-wrong' : `${kind}-altered`,
        `The ${kind} that was signed is not the one proposed now`,
        {
          hint,
        },
      )
    }
    const { version } = await transaction
      .selectFrom('countersigned')
      .select('version')
      .where('digest', '=', digest)
      .executeTakeFirstOrThrow()
    checkSignature(proposed.document, signature, caller.key)
    await transaction
      .insertInto('countersignature')
      .values({ digest, ...signature })
      .onConflict(conflict => conflict.doNothing())
      .execute()
    const body = { version, [kind]: digest }
    await appendEvent(context, transaction, { kind: `${kind}-signed`, body: { ...body, member: caller.id } })
    const complete = await readCountersigned<D>(transaction, series)
    if ((await missing(complete.proposed!, transaction)).length > 0) return
    await transaction
      .updateTable('countersigned')
      .set({ state: 'in-force' })
      .where('digest', '=', digest)
      .execute()
    await appendEvent(context, transaction, { kind: `${kind}-in-force`, body })
  })
}

function checkSignature(document: Document, signature: DocumentSignature, key: PublicKey): void {
  if (signature.key === key && documentSignatureHolds(document, signature)) return
  throw new Refusal(
    'signature-invalid',
    `The signature is not the caller’s over the proposed ${document.kind}`,
  )
}
