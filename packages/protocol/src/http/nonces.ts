import { createHmac, createSecretKey, timingSafeEqual } from 'node:crypto'
import type { Entropy } from '../id.ts'
import { Refusal } from '../refusal.ts'

/** How long a nonce may wait before it is used, in milliseconds. */
const lifetimeMs = 5 * 60 * 1000

/**
 * Hands out nonces and takes each back once. Issuing keeps no state (the nonce carries its own expiry under a MAC),
 * spending remembers a nonce until it would have expired. The MAC key lives as long as the process: after a restart
 * everything issued before is unknown, so nothing can be replayed across it, and callers fetch a fresh one.
 */
export interface Nonces {
  issue(): string
  /** Throws `nonce-unknown` for what was never issued, has expired or was spent. */
  spend(nonce: string): void
}

export function createNonces({ entropy, nowMs }: { entropy: Entropy; nowMs: () => number }): Nonces {
  const secret = createSecretKey(entropy.bytes(32)) // imported once: 2 µs for an HMAC, not 12
  const spent = new Map<string, number>()
  const macOf = (head: Uint8Array): Buffer =>
    createHmac('sha256', secret).update(head).digest().subarray(0, 16)

  const forgetExpired = (): void => {
    for (const [nonce, expires] of spent) {
      if (expires > nowMs()) break // insertion order is nearly expiry order
      spent.delete(nonce)
    }
  }

  return {
    issue() {
      const head = Buffer.alloc(20)
      head.set(entropy.bytes(12))
      head.writeBigUInt64BE(BigInt(Math.floor(nowMs() + lifetimeMs)), 12)
      return Buffer.concat([head, macOf(head)]).toString('base64url')
    },
    spend(nonce) {
      const bytes = Buffer.from(nonce, 'base64url')
      const isCanonical = bytes.length === 36 && bytes.toString('base64url') === nonce
      const head = bytes.subarray(0, 20)
      const known = isCanonical && timingSafeEqual(bytes.subarray(20), macOf(head))
      const expires = known ? Number(head.readBigUInt64BE(12)) : 0
      forgetExpired()
      if (!known || expires <= nowMs() || spent.has(nonce)) {
        throw new Refusal(
          'nonce-unknown',
          'The nonce of this request was not issued here, is too old or was used before',
          {
            hint: 'Take the one in the `consort-nonce` header of this answer and sign again.',
          },
        )
      }
      spent.set(nonce, expires)
    },
  }
}
