/** Runs what it is given one after the other, in order; a failure is its own work's only. */
export type OneAtATime = <T>(work: () => Promise<T>) => Promise<T>

/** Starts with nothing to do. */
export function createOneAtATime(): OneAtATime {
  let last: Promise<unknown> = Promise.resolve()
  return work => {
    const next = last.then(work)
    last = next.catch(() => {})
    return next
  }
}
