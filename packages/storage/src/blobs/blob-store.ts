import type { Digest, OctetSource } from '@consort/protocol'

/**
 * Named byte sequences that are written once and never changed, such as the chunks of weights. A name is a scope and
 * a digest: equal content in two scopes is two blobs, so that nobody learns from a store what another one put there.
 */
export interface BlobStore {
  /**
   * Keeps the bytes under `scope/digest`; when this returns they survive a loss of power. Repeating it is fine.
   * Throws `digest-mismatch` or `too-large` and keeps nothing when they are not what `expected` says.
   */
  put(scope: string, expected: ExpectedBlob, source: Uint8Array | AsyncIterable<Uint8Array>): Promise<void>
  /** Reads into the beginning of `into` where given, which must be large enough. Throws `not-found`. */
  get(scope: string, digest: Digest, into?: Uint8Array): Promise<Uint8Array>
  /** The same, in pieces: for passing on what need not be in memory at once. Throws `not-found`. */
  open(scope: string, digest: Digest): Promise<OctetSource>
  has(scope: string, digest: Digest): Promise<boolean>
  /** Length in bytes; undefined when there is nothing. */
  size(scope: string, digest: Digest): Promise<number | undefined>
  /** What lies in a scope; nothing when there is none. */
  list(scope: string): Promise<Digest[]>
  /** Fine when there is nothing. */
  remove(scope: string, digest: Digest): Promise<void>
  /** Everything in a scope; fine when there is nothing. */
  removeScope(scope: string): Promise<void>
  /** All scopes that hold something. */
  scopes(): Promise<string[]>
}

export interface ExpectedBlob {
  readonly digest: Digest
  readonly bytes: number
}

/** A scope as it is, if it can name a folder. Throws `TypeError` for what could lead out of one. */
export function checkedScope(scope: string): string {
  if (!/^[A-Za-z0-9_-]{1,100}$/.test(scope)) throw new TypeError(`${scope} cannot name a scope`)
  return scope
}
