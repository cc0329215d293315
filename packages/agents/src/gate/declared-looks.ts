import assert from 'node:assert/strict'

/**
 * δ of the k-th look at the labels, k from 1: δ / (k (k + 1)). They add up to δ however many looks there are, so that
 * `fitThreshold` may be repeated at epochs that were declared before any label was seen (not when the labels look
 * good). Cheaper than `weighLabel` where looks are few: the first costs half of δ.
 */
export function deltaOfLook(delta: number, look: number): number {
  assert.ok(delta > 0 && delta < 1 && Number.isInteger(look) && look >= 1)
  return delta / (look * (look + 1))
}
