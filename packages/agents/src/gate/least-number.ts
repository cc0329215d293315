/**
 * The least whole number from 1 on for which a condition holds that, once it holds, goes on holding: by doubling, then
 * halving.
 */
export function leastNumber(isEnough: (number: number) => boolean): number {
  let [tooFew, enough] = [0, 1]
  while (!isEnough(enough)) [tooFew, enough] = [enough, 2 * enough]
  while (enough - tooFew > 1) {
    const middle = Math.floor((tooFew + enough) / 2)
    if (isEnough(middle)) enough = middle
    else tooFew = middle
  }
  return enough
}
