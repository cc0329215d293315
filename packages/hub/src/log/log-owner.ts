import type { KeyPair } from '@consort/protocol'

/** Whose audit log it is, and the clock that dates its entries: the hub, which signs with the same key. */
export interface LogOwner {
  readonly key: KeyPair
  readonly now: () => Date
}
