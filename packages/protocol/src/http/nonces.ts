import type { Entropy } from '@consort/basics'
import { createNonceCode, nonceRefusal } from './nonce-code.ts'

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
  const code = createNonceCode({ secret: entropy.bytes(32), entropy })
  const spent = new Map<string, number>()

  const forgetExpired = (): void => {
    for (const [nonce, expires] of spent) {
      if (expires > nowMs()) break // insertion order is nearly expiry order
      spent.delete(nonce)
    }
  }

  return {
    issue: () => code.make(nowMs()),
    spend(nonce) {
      const expires = code.expiryOf(nonce)
      forgetExpired()
      if (expires === undefined || expires <= nowMs() || spent.has(nonce)) throw nonceRefusal()
      spent.set(nonce, expires)
    },
  }
}
