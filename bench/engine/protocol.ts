import type { CaseName } from './networks.ts'

/**
 * How a contestant is written: as its own documentation teaches; the same with what it lacks added by us; or as fast as
 * we could make it.
 */
export type Way = 'shipped' | 'mended' | 'tuned'

/** Train this many steps from the initial weights, to show that the loss falls. */
export type ProveRequest = { case: CaseName; batch: number; steps: number }
/** Start again from the initial weights, warm up, then train for about this long, at least `stepsMin` steps. */
export type TimeRequest = { case: CaseName; batch: number; seconds: number; stepsMin: number }

/** The loss of the batch before the first step and after the last. */
export type Proof = { lossBefore: number; lossAfter: number; note?: string }
export type Timing = {
  stepsPerSecond: number
  loss: number
  /** Processor time by wall time while stepping, all threads of the process together: about 1 for one thread. */
  cores: number
}
