/** Milliseconds of each of so many calls, one after another, after one that is not counted. */
export async function timesOf(calls: number, call: (number: number) => Promise<unknown>): Promise<number[]> {
  const times: number[] = []
  for (let number = 0; number <= calls; number++) {
    const start = performance.now()
    await call(number)
    if (number > 0) times.push(performance.now() - start)
  }
  return times
}
