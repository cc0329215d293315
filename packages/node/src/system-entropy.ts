import { randomBytes } from 'node:crypto'
import type { Entropy } from '@consort/protocol'

const pageBytes = 4096

/** From the operating system's generator, a page at a time: it is asked for a few bytes thousands of times a second. */
export function systemEntropy(): Entropy {
  let page = randomBytes(0)
  return {
    bytes(count) {
      if (count > pageBytes / 8) return randomBytes(count)
      if (page.length < count) page = randomBytes(pageBytes)
      const taken = Uint8Array.from(page.subarray(0, count))
      page.fill(0, 0, count) // nobody finds it here afterwards
      page = page.subarray(count)
      return taken
    },
  }
}
