import type { Random } from '@consort/protocol'

/** 0 … count − 1 in random order (Fisher, Yates). */
export function shuffledIndices(count: number, random: Random): Int32Array<ArrayBuffer> {
  const indices = Int32Array.from({ length: count }, (_, index) => index)
  for (let index = count - 1; index > 0; index--) {
    const other = random.integer(index + 1)
    const kept = indices[index]!
    indices[index] = indices[other]!
    indices[other] = kept
  }
  return indices
}
