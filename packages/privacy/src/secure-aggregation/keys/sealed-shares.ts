import { createCipheriv, createDecipheriv } from 'node:crypto'
import { type Digest, Refusal } from '@consort/protocol'
import { octetsOfText, textOfOctets } from '../octets.ts'
import type { SecretKind } from './member-secrets.ts'

/** One member's share of another's secret, with the dealer's signature over it; base64url. */
export interface SignedShare {
  /** 32 bytes. */
  readonly share: string
  /** 64 bytes. */
  readonly signature: string
}

/** What one member deals to another. */
export type SharePair = Readonly<Record<SecretKind, SignedShare>>

const shareBytes = 32
const signatureBytes = 64
const tagBytes = 16

interface Seal {
  /** 32 bytes: of the ordered pair sender, receiver in this context, used for these shares only. */
  readonly key: Uint8Array
  readonly context: Digest
  readonly from: string
  readonly to: string
}

/**
 * AES-256-GCM. The nonce is zero, since a key seals one text: the shares that this dealer deals to this receiver are
 * fixed by its seed and the context. Sender, receiver and context are in the key and in the associated data.
 */
export function sealShares(shares: SharePair, seal: Seal): string {
  const cipher = createCipheriv('aes-256-gcm', seal.key, nonce).setAAD(associatedData(seal))
  const parts = kinds.flatMap(kind => [
    octetsOfText(shares[kind].share),
    octetsOfText(shares[kind].signature),
  ])
  const sealed = [cipher.update(Buffer.concat(parts)), cipher.final(), cipher.getAuthTag()]
  return textOfOctets(Buffer.concat(sealed))
}

/** Throws `value-invalid` when the text was not sealed by this sender for this receiver in this context. */
export function openShares(text: string, seal: Seal): SharePair {
  const bytes = octetsOfText(text)
  const end = bytes.length - tagBytes
  try {
    const decipher = createDecipheriv('aes-256-gcm', seal.key, nonce).setAAD(associatedData(seal))
    decipher.setAuthTag(bytes.subarray(end))
    const plain = Buffer.concat([decipher.update(bytes.subarray(0, end)), decipher.final()])
    const signedShareAt = (start: number): SignedShare => ({
      share: textOfOctets(plain.subarray(start, start + shareBytes)),
      signature: textOfOctets(plain.subarray(start + shareBytes, start + shareBytes + signatureBytes)),
    })
    return { 'mask-key': signedShareAt(0), 'self-mask': signedShareAt(shareBytes + signatureBytes) }
  } catch (cause) {
    throw new Refusal('value-invalid', `What ${seal.from} sealed for ${seal.to} cannot be read`, { cause })
  }
}

const kinds = ['mask-key', 'self-mask'] as const satisfies readonly SecretKind[]
const nonce = new Uint8Array(12)

function associatedData({ context, from, to }: Seal): Uint8Array {
  return Buffer.from(`consort-secure-aggregation-shares\n${context}\n${from}\n${to}`)
}
