/** Turns one row of logits into probabilities, in place. */
export function softmax(row: Float64Array): void {
  const largest = row.reduce((most, value) => Math.max(most, value), Number.NEGATIVE_INFINITY)
  let total = 0
  for (let index = 0; index < row.length; index++) total += row[index] = Math.exp(row[index]! - largest)
  for (let index = 0; index < row.length; index++) row[index]! /= total
}
