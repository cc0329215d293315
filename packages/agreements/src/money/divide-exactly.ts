/**
 * Divides a total (minor units, a non-negative safe integer) in proportion to weights (non-negative safe integers), by
 * largest remainder (Hamilton's method): every share is the exact one rounded down or up, shares add up to the total,
 * equal remainders are served in the order given. A larger weight never gets less, and raising one's own weight never
 * lowers one's share. When all weights are zero they count as equal. Throws a `RangeError` for other numbers and for no
 * weights: that is a bug.
 */
export function divideExactly(total: number, weights: readonly number[]): number[] {
  if (weights.length === 0) throw new RangeError('There is nobody to divide among')
  for (const number of [total, ...weights]) {
    if (!Number.isSafeInteger(number) || number < 0) throw new RangeError(`${number} is no count`)
  }
  const counted = weights.some(weight => weight > 0) ? weights : weights.map(() => 1)
  const sum = counted.reduce((before, weight) => before + BigInt(weight), 0n)
  const products = counted.map(weight => BigInt(total) * BigInt(weight))
  const shares = products.map(product => Number(product / sum))
  const left = total - shares.reduce((before, share) => before + share, 0)
  const remainders = products.map((product, index) => ({ index, remainder: product % sum }))
  remainders.sort((a, b) =>
    a.remainder === b.remainder ? a.index - b.index : a.remainder > b.remainder ? -1 : 1,
  )
  for (const { index } of remainders.slice(0, left)) shares[index]! += 1
  return shares
}
