import type { SamplingPlan } from '../training/sampling-plan.ts'

export interface TrainRequest {
  /** The weights to start from, in the layout of the plan. */
  readonly weights: Float32Array
  /** 0 leaves the weights as they are. */
  readonly epochs: number
  /** Fixes order, dropout and shifts of this piece of training; of no use under differential privacy. */
  readonly seed: number
  /** Which part of the run this is: [0, 1] when it is all of it. Drives the schedule. */
  readonly progress: readonly [from: number, to: number]
  /** FedProx's μ; 0 for none. */
  readonly proximal: number
  /** Called now and then with the share of steps done. */
  readonly onProgress?: (done: number) => void
}

export interface TrainResult {
  readonly weights: Float32Array<ArrayBuffer>
  readonly examples: number
  /** Mean over the last epoch; undefined without one, and under differential privacy, since nothing hides it. */
  readonly loss: number | undefined
  readonly steps: number
  /** What was done under differential privacy, for an accountant. */
  readonly mechanism?: SamplingPlan
}
