import { type Entropy, type Id, type IdKind, idOfNumber, numberOfId } from './id.ts'

/**
 * Bits of an identifier, and how many of them are chance; the others are milliseconds since 1970, until the year 3084.
 */
const bits = 80n
const randomBits = 35n

/**
 * Makes identifiers that grow: the time, then chance, and within one millisecond (or when the clock goes back) the one
 * before plus one (as in the ULID specification, section “Monotonicity”). So an index over many of them grows at its
 * end, where random ones would touch a page each, and no two made here are equal. All of them come after `after`, which
 * was made before the process began: the clock may have been set back meanwhile. For what is asked thousands of times a
 * second.
 */
export function createOrderedIds<K extends IdKind>(
  kind: K,
  {
    entropy,
    nowMs,
    after = null,
  }: { readonly entropy: Entropy; readonly nowMs: () => number; readonly after?: Id<K> | null },
): () => Id<K> {
  let last = after === null ? 0n : numberOfId(after)
  return () => {
    const time = BigInt(Math.max(0, Math.floor(nowMs()))) << randomBits
    const isLater = time >> randomBits > last >> randomBits
    last = BigInt.asUintN(Number(bits), isLater ? time | chance(entropy) : last + 1n)
    return idOfNumber(kind, last)
  }
}

/** The first identifier that `createOrderedIds` could make at a moment: all that were made before come before it. */
export function orderedIdAt<K extends IdKind>(kind: K, moment: Date): Id<K> {
  return idOfNumber(kind, BigInt(Math.max(0, moment.getTime())) << randomBits)
}

function chance(entropy: Entropy): bigint {
  const bytes = entropy.bytes(5)
  return BigInt.asUintN(
    Number(randomBits),
    bytes.reduce((sum, byte) => (sum << 8n) | BigInt(byte), 0n),
  )
}
