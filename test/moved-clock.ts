export interface MovedClock {
  readonly now: () => Date
  /** Moves it on: what is due by then is due now. */
  pass(seconds: number): void
}

/**
 * A clock for a hub whose deadlines a test lets pass by hand, and not a machine that is busy: it goes a hundred times
 * slower than the machine's. The hub takes nodes that it has not heard of for a minute by its clock for absent.
 */
export const openSlowClock = (): MovedClock => openMovedClock(100)

/** The machine's clock, or one that goes `slowness` times slower, which the test may set forward. */
export function openMovedClock(slowness = 1): MovedClock {
  const began = Date.now()
  let passedMs = 0
  return {
    now: () => new Date(began + (Date.now() - began) / slowness + passedMs),
    pass(seconds) {
      passedMs += 1000 * seconds
    },
  }
}
