import type { TrainRequest, TrainResult } from '@consort/train'

/** Trains one round on this node's own examples: the built-in engine does, or a program of the partner's. */
export type Train = (request: TrainRequest, signal: AbortSignal) => Promise<Trained>

/**
 * Weights in the layout of the plan, the examples they come from, the mean loss of the last epoch, and what noise was
 * added.
 */
export type Trained = Pick<TrainResult, 'weights' | 'examples' | 'loss' | 'mechanism'>
