import {
  type Document,
  type DocumentSignature,
  documentSignatureHolds,
  type PublicKey,
  Refusal,
  type Signed,
} from '@consort/protocol'

/**
 * Gives the signature of this key under a document. Throws `signature-invalid` with these words when there is none
 * that holds.
 */
export function signatureOf(
  { document, signatures }: Signed<Document>,
  key: PublicKey,
  otherwise: string,
): DocumentSignature {
  const signature = signatures.find(entry => entry.key === key)
  if (signature && documentSignatureHolds(document, signature)) return signature
  throw new Refusal('signature-invalid', otherwise)
}

/** Throws `signature-invalid` with these words unless a document is about this member and signed by it. */
export function checkOwnDocument(
  signed: Signed<Document & { readonly member: string }>,
  { id, key }: { readonly id: string; readonly key: PublicKey },
  otherwise: string,
): DocumentSignature {
  if (signed.document.member !== id) throw new Refusal('signature-invalid', otherwise)
  return signatureOf(signed, key, otherwise)
}
