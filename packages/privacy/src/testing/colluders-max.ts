import { honestMin, thresholdOf } from '../secure-aggregation/threshold.ts'

/**
 * With how many partners the hub may collude while the sum that it learns is over at least `honest` honest ones and
 * two survivor lists cannot both be opened: min(2t − n − 1, t − honest). -1 when not even none.
 */
export function colludersMax(members: number, honest = honestMin): number {
  const threshold = thresholdOf(members)
  return Math.max(-1, Math.min(2 * threshold - members - 1, threshold - honest))
}
