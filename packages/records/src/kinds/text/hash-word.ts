const encoder = new TextEncoder()

/**
 * MurmurHash3 (x86, 32 bits, seed 0) of a word in UTF-8: the hash of the hashing trick elsewhere, so that figures can
 * be compared. From 0 to 2³² − 1. (Appleby 2011; the trick: Weinberger et al. 2009, arXiv:0902.2206.)
 */
export function hashWord(word: string): number {
  const bytes = encoder.encode(word)
  const whole = bytes.length & ~3
  let hash = 0
  for (let at = 0; at < whole; at += 4) {
    const block = bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 24)
    hash ^= mixed(block)
    hash = (Math.imul((hash << 13) | (hash >>> 19), 5) + 0xe6546b64) | 0
  }
  let rest = 0
  for (let at = bytes.length - 1; at >= whole; at--) rest = (rest << 8) | bytes[at]!
  if (whole < bytes.length) hash ^= mixed(rest)
  hash ^= bytes.length
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b)
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35)
  return (hash ^ (hash >>> 16)) >>> 0
}

function mixed(block: number): number {
  const turned = Math.imul(block, 0xcc9e2d51)
  return Math.imul((turned << 15) | (turned >>> 17), 0x1b873593)
}
