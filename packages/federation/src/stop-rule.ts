/**
 * What one round's evaluation at the partners' validation splits said, averaged by examples; null where nobody told.
 */
export interface RoundScore {
  readonly round: number
  readonly loss: number | null
  readonly accuracy: number | null
}

export interface StopRule {
  readonly target?: number | undefined
  readonly patience?: number | undefined
}

export type StopDecision =
  | { readonly stop: false }
  | { readonly stop: true; readonly because: 'target' | 'patience' | 'rounds'; readonly best: number }

/**
 * Whether to go on after the last of `scores`. With patience the result is the round with the lowest validation loss,
 * otherwise the last round.
 */
export function stopDecision(
  { target, patience }: StopRule,
  { scores, round, rounds }: { scores: readonly RoundScore[]; round: number; rounds: number },
): StopDecision {
  const latest = scores.at(-1)
  const best = patience === undefined ? round : (lowestLoss(scores)?.round ?? round)
  if (target !== undefined && latest?.round === round && (latest.accuracy ?? 0) >= target) {
    return { stop: true, because: 'target', best }
  }
  if (patience !== undefined && evaluationsSince(scores, best) >= patience) {
    return { stop: true, because: 'patience', best }
  }
  return round >= rounds ? { stop: true, because: 'rounds', best } : { stop: false }
}

function lowestLoss(scores: readonly RoundScore[]): RoundScore | undefined {
  const known = scores.filter(score => score.loss !== null && !Number.isNaN(score.loss))
  return known.reduce<RoundScore | undefined>(
    (best, score) => (best && best.loss! <= score.loss! ? best : score),
    undefined,
  )
}

function evaluationsSince(scores: readonly RoundScore[], round: number): number {
  return scores.filter(score => score.round > round).length
}

/** The average of `value` by examples; null when nobody told it. */
export function averageMetric(
  entries: readonly { examples: number; value: number | undefined }[],
): number | null {
  const known = entries.filter(
    (entry): entry is { examples: number; value: number } => entry.value !== undefined && entry.examples > 0,
  )
  const examples = known.reduce((sum, entry) => sum + entry.examples, 0)
  if (examples === 0) return null
  return known.reduce((sum, entry) => sum + entry.value * entry.examples, 0) / examples
}
