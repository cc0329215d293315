import {
  type Digest,
  documentSignatureHolds,
  type KeyPair,
  type PublicKey,
  Refusal,
  signDocument,
} from '@consort/protocol'
import type { SecretKind } from './keys/member-secrets.ts'

/** What members sign with the identities that the roster names. Each kind holds for one context and one use. */
export type SignedText =
  | {
      readonly kind: 'secure-aggregation-keys'
      readonly context: Digest
      readonly member: string
      readonly sealKey: string
      readonly maskKey: string
      readonly selfMask: string
    }
  | {
      readonly kind: 'secure-aggregation-share'
      readonly context: Digest
      readonly dealer: string
      readonly to: string
      readonly of: SecretKind
      readonly share: string
    }
  | {
      readonly kind: 'secure-aggregation-input'
      readonly context: Digest
      readonly member: string
      readonly digest: Digest
      readonly unreadable: readonly string[]
    }
  | {
      readonly kind: 'secure-aggregation-survivors'
      readonly context: Digest
      readonly dealers: readonly string[]
      readonly survivors: readonly string[]
    }

/** 64 bytes, base64url. Ed25519 is deterministic: the same text again gives the same signature. */
export function signText(text: SignedText, identity: KeyPair): string {
  return signDocument(text, identity).signature
}

export function textSignatureHolds(text: SignedText, key: PublicKey, signature: string): boolean {
  return documentSignatureHolds(text, { key, signature })
}

/** Throws `signature-invalid`; `whose` names the signer in words. */
export function checkTextSignature(
  text: SignedText,
  { key, signature, whose }: { key: PublicKey; signature: string; whose: string },
): void {
  if (textSignatureHolds(text, key, signature)) return
  throw new Refusal('signature-invalid', `The signature of ${whose} does not hold for this round`, {
    hint: 'It was made with another key than the roster names, or for another round, attempt, model or roster.',
  })
}
