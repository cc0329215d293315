import {
  agreementSchema,
  type Digest,
  type DocumentSignature,
  digestOfDocument,
  Refusal,
  rosterSchema,
  type Signed,
  statementSchema,
} from '@consort/protocol'
import { jsonColumn } from '@consort/storage'
import { z } from 'zod'
import type { CountersignedDocument, CountersignedState } from '../tables/document-tables.ts'
import type { HubDatabase, HubTransaction } from '../tables/hub-tables.ts'

const documents = jsonColumn(
  'countersigned.document',
  z.discriminatedUnion('kind', [rosterSchema, agreementSchema, statementSchema]),
  { kept: 16 },
)

/**
 * Of each series at most one version is in force, and one proposed: one roster, one agreement, a statement a
 * month.
 */
export interface Series<D extends CountersignedDocument> {
  readonly kind: D['kind']
  /** Month and agreement of a statement; empty for the others. */
  readonly about: string
  readonly holds: (document: CountersignedDocument) => document is D
}

/** The version in force, and the one that is proposed after it. */
export interface Countersigned<D extends CountersignedDocument> {
  readonly inForce: Signed<D> | null
  readonly proposed: Signed<D> | null
}

/** Reads the version of a series that is in force and the one that is proposed, with their signatures. */
export async function readCountersigned<D extends CountersignedDocument>(
  database: HubDatabase,
  series: Series<D>,
): Promise<Countersigned<D>> {
  const latest = async (state: CountersignedState): Promise<Signed<D> | null> => {
    const document = await findDocument(database, series, { state })
    if (!document) return null
    const signatures = await signaturesOf(database, digestOfDocument(document))
    return { document, signatures }
  }
  return { inForce: await latest('in-force'), proposed: await latest('proposed') }
}

/** Finds the latest document of a series that has all that is asked for. */
export async function findDocument<D extends CountersignedDocument>(
  database: HubDatabase,
  { kind, about, holds }: Series<D>,
  by: { readonly digest?: Digest; readonly state?: CountersignedState; readonly version?: number },
): Promise<D | undefined> {
  let query = database
    .selectFrom('countersigned')
    .select('document')
    .where('kind', '=', kind)
    .where('about', '=', about)
  if (by.digest !== undefined) query = query.where('digest', '=', by.digest)
  if (by.state !== undefined) query = query.where('state', '=', by.state)
  if (by.version !== undefined) query = query.where('version', '=', by.version)
  const row = await query.orderBy('version', 'desc').executeTakeFirst()
  const document = row && documents.read(row.document)
  if (document === undefined || holds(document)) return document
  throw new Error(`A ${document.kind} is kept as a ${kind}`)
}

/** Reads a document that is or was in force, with its signatures. Throws `not-found` for any other. */
export async function readInForce<D extends CountersignedDocument>(
  database: HubDatabase,
  series: Series<D>,
  digest: Digest,
): Promise<Signed<D>> {
  const document = await findDocument(database, series, { digest, state: 'in-force' })
  if (document) return { document, signatures: await signaturesOf(database, digest) }
  throw new Refusal('not-found', `No ${series.kind} with this digest was ever in force`)
}

async function signaturesOf(database: HubDatabase, digest: Digest): Promise<DocumentSignature[]> {
  return await database
    .selectFrom('countersignature')
    .select(['key', 'signature'])
    .where('digest', '=', digest)
    .orderBy('key')
    .execute()
}

/** Gives the number of a document in its series. */
export async function versionOfDocument(database: HubDatabase, digest: Digest): Promise<number> {
  const { version } = await database
    .selectFrom('countersigned')
    .select('version')
    .where('digest', '=', digest)
    .executeTakeFirstOrThrow()
  return version
}

/** Gives the number of the next proposal: each has one of its own, also after one that was never signed by all. */
export async function nextVersion<D extends CountersignedDocument>(
  transaction: HubTransaction,
  { kind, about }: Series<D>,
): Promise<number> {
  const { latest } = await transaction
    .selectFrom('countersigned')
    .select(({ fn }) => fn.max<number | null>('version').as('latest'))
    .where('kind', '=', kind)
    .where('about', '=', about)
    .executeTakeFirstOrThrow()
  return (latest ?? 0) + 1
}

/** Keeps a proposal. An earlier one of the series that is not in force is void. */
export async function insertProposal<D extends CountersignedDocument>(
  transaction: HubTransaction,
  { kind, about }: Series<D>,
  { document, version }: { document: D; version: number },
): Promise<void> {
  await transaction
    .updateTable('countersigned')
    .set({ state: 'void' })
    .where('kind', '=', kind)
    .where('about', '=', about)
    .where('state', '=', 'proposed')
    .execute()
  const digest = digestOfDocument(document)
  await transaction
    .insertInto('countersigned')
    .values({ digest, kind, about, version, document: documents.write(document), state: 'proposed' })
    .onConflict(conflict => conflict.column('digest').doUpdateSet({ state: 'proposed' }))
    .execute()
}

/** Adds a signature; the first one of a key stays. */
export async function addSignature(
  transaction: HubTransaction,
  digest: Digest,
  signature: DocumentSignature,
): Promise<void> {
  await transaction
    .insertInto('countersignature')
    .values({ digest, ...signature })
    .onConflict(conflict => conflict.doNothing())
    .execute()
}

/** Puts a document in force. */
export async function putInForce(transaction: HubTransaction, digest: Digest): Promise<void> {
  await transaction
    .updateTable('countersigned')
    .set({ state: 'in-force' })
    .where('digest', '=', digest)
    .execute()
}
