import type { TrainRequest, TrainResult } from './train-request.ts'

/** Where the gradients of a training come from. */
export interface BatchSource {
  begin(request: TrainRequest): Batches
  close(): Promise<void>
}

/** The batches of one piece of training. */
export interface Batches {
  readonly steps: number
  /** Puts the gradient of the next batch at the present parameters into memory. */
  next(): Promise<void>
  /** What may be told in the end. */
  told(): Pick<TrainResult, 'loss' | 'mechanism'>
}
