import { createHmac } from 'node:crypto'

/**
 * The numbers below `count` in an order that the key decides: the order of the owner's file would join what two
 * recipients got, row by row, whatever was hashed or shifted in it.
 */
export function keyedOrder(count: number, key: Uint8Array): number[] {
  const digests = Array.from({ length: count }, (_, index) =>
    createHmac('sha256', key).update(`consort-export-order\n${index}`).digest('hex'),
  )
  return [...digests.keys()].sort((a, b) => (digests[a]! < digests[b]! ? -1 : 1))
}
