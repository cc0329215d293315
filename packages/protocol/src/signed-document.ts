import type { Digest } from '@consort/basics'
import { canonicalJson } from '@consort/basics'
import { z } from 'zod'
import { digestOfJson } from './digest-of.ts'
import {
  type KeyPair,
  type PublicKey,
  publicKeySchema,
  signatureSchema,
  verifySignature,
  verifySignatureInPool,
} from './keys.ts'

/** What every document has in common: `kind` keeps a signature under one kind from passing for another. */
export interface Document {
  readonly kind: string
}

export interface DocumentSignature {
  readonly key: PublicKey
  readonly signature: string
}

export const documentSignatureSchema = z.strictObject({ key: publicKeySchema, signature: signatureSchema })

/** A document and whoever signed it. Signatures are over the canonical text, so any party can add its own. */
export interface Signed<D extends Document> {
  readonly document: D
  readonly signatures: DocumentSignature[]
}

export function signedSchema<S extends z.ZodType<Document>>(document: S) {
  return z.strictObject({ document, signatures: z.array(documentSignatureSchema).max(1001) })
}

function signingBytes(document: Document): Uint8Array {
  return Buffer.from(`consort-document\n${document.kind}\n${canonicalJson(document)}`)
}

export function signDocument(document: Document, key: KeyPair): DocumentSignature {
  return { key: key.publicKey, signature: key.sign(signingBytes(document)) }
}

/** Whether `signature` is its key's over this very document. */
export function documentSignatureHolds(document: Document, { key, signature }: DocumentSignature): boolean {
  return verifySignature(key, signingBytes(document), signature)
}

/** As `documentSignatureHolds`, in a thread of the process's pool. */
export function documentSignatureHoldsInPool(
  document: Document,
  { key, signature }: DocumentSignature,
): Promise<boolean> {
  return verifySignatureInPool(key, signingBytes(document), signature)
}

/** The keys whose signatures under this document hold, each once. Signatures that do not hold are ignored. */
export function signersOf(signed: Signed<Document>): ReadonlySet<PublicKey> {
  const bytes = signingBytes(signed.document)
  const valid = signed.signatures.filter(({ key, signature }) => verifySignature(key, bytes, signature))
  return new Set(valid.map(entry => entry.key))
}

/** Identifies the text of a document, whoever signed it. */
export function digestOfDocument(document: Document): Digest {
  return digestOfJson(document)
}
