import {
  type Digest,
  type Document,
  type DocumentSignature,
  digestOfDocument,
  documentSignatureHolds,
  type Id,
  type PublicKey,
  Refusal,
  type RefusalCode,
  type Signed,
  signDocument,
} from '@consort/protocol'
import { appendEvent } from '@consort/storage'
import type { LogOwner } from '../log/log-owner.ts'
import type { CountersignedDocument } from '../tables/document-tables.ts'
import type { HubDatabase, HubTransaction } from '../tables/hub-tables.ts'
import {
  addSignature,
  insertProposal,
  putInForce,
  readCountersigned,
  type Series,
  versionOfDocument,
} from './countersigned-store.ts'

/** Puts a document up for signature, signed by the hub. An earlier proposal, and what was signed of it, is void. */
export async function propose<D extends CountersignedDocument>(
  context: LogOwner,
  transaction: HubTransaction,
  series: Series<D>,
  { document, version }: { document: D; version: number },
): Promise<void> {
  const { kind } = series
  const digest = digestOfDocument(document)
  await insertProposal(transaction, series, { document, version })
  await addSignature(transaction, digest, signDocument(document, context.key))
  await appendEvent(context, transaction, { kind: `${kind}-proposed`, body: { version, [kind]: digest } })
}

export interface SigningRules<D extends CountersignedDocument> {
  readonly series: Series<D>
  /** Who still has to sign, by name. */
  readonly missing: (
    signed: Signed<D>,
    transaction: HubTransaction,
  ) => readonly string[] | Promise<readonly string[]>
  /** What follows when it comes into force, in the same transaction. */
  readonly onForce?: (transaction: HubTransaction, document: D) => Promise<void>
  /** What to do when the text that was signed is not the one proposed now. */
  readonly hint: string
}

/** What a member sends to sign a document, and who it is. */
export interface Countersigning {
  readonly digest: Digest
  readonly signature: DocumentSignature
  readonly caller: { readonly id: Id<'member'>; readonly key: PublicKey }
}

const altered = {
  roster: 'roster-altered',
  agreement: 'agreement-altered',
  statement: 'statement-wrong',
} as const satisfies Record<CountersignedDocument['kind'], RefusalCode>

/**
 * Adds a member's signature to the proposed document; puts it in force with the last one. Safe to repeat. Throws
 * `roster-altered`, `agreement-altered` or `statement-wrong` for another text, and `signature-invalid`.
 */
export async function countersign<D extends CountersignedDocument>(
  context: LogOwner & { readonly database: HubDatabase },
  { series, missing, onForce, hint }: SigningRules<D>,
  { digest, signature, caller }: Countersigning,
): Promise<void> {
  const { kind } = series
  await context.database.transaction().execute(async transaction => {
    const { proposed, inForce } = await readCountersigned(transaction, series)
    if (inForce && digestOfDocument(inForce.document) === digest) return
    if (!proposed || digestOfDocument(proposed.document) !== digest)
      throw new Refusal(altered[kind], `The ${kind} that was signed is not the one proposed now`, { hint })
    checkSignature(proposed.document, signature, caller.key)
    await addSignature(transaction, digest, signature)
    const body = { version: await versionOfDocument(transaction, digest), [kind]: digest }
    await appendEvent(context, transaction, { kind: `${kind}-signed`, body: { ...body, member: caller.id } })
    const complete = await readCountersigned(transaction, series)
    if ((await missing(complete.proposed ?? proposed, transaction)).length > 0) return
    await putInForce(transaction, digest)
    await appendEvent(context, transaction, { kind: `${kind}-in-force`, body })
    await onForce?.(transaction, proposed.document)
  })
}

function checkSignature(document: Document, signature: DocumentSignature, key: PublicKey): void {
  if (signature.key === key && documentSignatureHolds(document, signature)) return
  throw new Refusal(
    'signature-invalid',
    `The signature is not the caller’s over the proposed ${document.kind}`,
  )
}
