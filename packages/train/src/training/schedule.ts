import type { ScheduleSpec } from '@consort/protocol'

/**
 * The learning rate as a factor of the recipe's, at `progress` through the run (0 at its first step, 1 after its
 * last). Cosine: Loshchilov, Hutter 2017 (eq. 5, one cycle). One-cycle: Smith, Topin 2018, with cosine flanks.
 */
export function scheduleFactor(schedule: ScheduleSpec, progress: number): number {
  switch (schedule.kind) {
    case 'constant':
      return 1
    case 'cosine':
      return between(1, schedule.final, progress)
    case 'linear':
      return progress < schedule.warmup
        ? progress / schedule.warmup
        : 1 + ((schedule.final - 1) * (progress - schedule.warmup)) / (1 - schedule.warmup)
    case 'one-cycle': {
      const start = 1 / schedule.divide
      if (progress < schedule.warmup) return between(start, 1, progress / schedule.warmup)
      return between(1, start / schedule.finalDivide, (progress - schedule.warmup) / (1 - schedule.warmup))
    }
  }
}

/** From `from` to `to` along half a cosine. */
function between(from: number, to: number, share: number): number {
  return to + ((from - to) / 2) * (1 + Math.cos(Math.PI * Math.min(share, 1)))
}
