import type { Kysely } from 'kysely'
import type { ServingTables } from '../tables.ts'
import { digestOfKey } from './access-key.ts'
import { type AccessHolder, holderOfKey } from './key-store.ts'

/** The keys that come in again and again, remembered: 3 µs of processor time each instead of 35. */
export interface KeyRing {
  /** Whose key this is; undefined for a key that was never given out. */
  holderOf(key: string): Promise<AccessHolder | undefined>
  /** To be called after a key was revoked. */
  forget(): void
}

const rememberedMax = 10_000

/** For the one process that writes to the database. Keys that nobody has are not remembered, however many are tried. */
export function createKeyRing(database: Kysely<ServingTables>): KeyRing {
  let known = new Map<string, AccessHolder>()
  return {
    async holderOf(key) {
      const digest = digestOfKey(key)
      const remembered = known.get(digest)
      if (remembered) return remembered
      const askedOf = known
      const holder = await holderOfKey(database, key)
      // What was read before a `forget` may be out of date: it is good for this once.
      if (holder && askedOf === known && known.size < rememberedMax) known.set(digest, holder)
      return holder
    },
    forget() {
      known = new Map()
    },
  }
}
