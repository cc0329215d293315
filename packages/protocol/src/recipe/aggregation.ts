import { z } from 'zod'

/**
 * How a round's updates become one. All but the weighted mean are for consortia in which some partner's update may be
 * spoilt, by accident or on purpose; docs/robustness.md says against what each of them helps, and against what not.
 */
export const aggregationSchema = z.discriminatedUnion('kind', [
  /** By the partners' numbers of examples. One update can move the model anywhere. */
  z.strictObject({ kind: z.literal('weighted-mean') }),
  /**
   * The weighted mean of the differences from the round's model, each scaled down to a Euclidean norm of at most a
   * bound (norm thresholding, Sun et al. 2019): `bound`, or else `factor` (1 when absent) times the median of the
   * round's norms.
   */
  z.strictObject({
    kind: z.literal('norm-bound'),
    bound: z.number().positive().max(1e9).optional(),
    factor: z.number().positive().max(100).optional(),
  }),
  /** The median of each weight, all partners alike (Yin et al. 2018, definition 1). */
  z.strictObject({ kind: z.literal('median') }),
  /** The mean of each weight without the `trim` lowest and the `trim` highest (Yin et al. 2018, definition 2). */
  z.strictObject({ kind: z.literal('trimmed-mean'), trim: z.int().min(1).max(499) }),
  /**
   * The mean of the `keep` updates that lie closest to their neighbours, made for up to `attackers` spoilt ones
   * (Blanchard et al. 2017). `keep` is n − f − 2 of n updates when absent, the most for which there is a proof.
   */
  z.strictObject({
    kind: z.literal('multi-krum'),
    attackers: z.int().min(1).max(498),
    keep: z.int().min(1).max(999).optional(),
  }),
])
export type AggregationSpec = z.infer<typeof aggregationSchema>

/** The fewest updates over which a rule means anything. */
export function updatesNeeded(rule: AggregationSpec): number {
  switch (rule.kind) {
    case 'weighted-mean':
      return 1
    case 'norm-bound':
      return rule.bound === undefined ? 3 : 1 // of two norms the median is the mean, which one partner moves at will
    case 'median':
      return 3
    case 'trimmed-mean':
      return 2 * rule.trim + 1
    case 'multi-krum':
      return Math.max(2 * rule.attackers + 3, (rule.keep ?? 0) + rule.attackers)
  }
}

const names = {
  'weighted-mean': 'the weighted mean',
  'norm-bound': 'a norm bound',
  median: 'the median',
  'trimmed-mean': 'the trimmed mean',
  'multi-krum': 'Multi-Krum',
} as const satisfies Record<AggregationSpec['kind'], string>

/** What of a rule does not go with the rest of the recipe, with its place. */
export function aggregationContradictions(
  { aggregation: rule, partnersMin }: { readonly aggregation: AggregationSpec; readonly partnersMin: number },
  { secureAggregation }: { readonly secureAggregation: boolean },
): { path: string[]; message: string }[] {
  const found: { path: string[]; message: string }[] = []
  const needed = updatesNeeded(rule)
  if (secureAggregation && rule.kind !== 'weighted-mean') {
    const message = `${names[rule.kind]} looks at single updates, and under secure aggregation the hub sees only their sum: use weighted-mean, or turn off privacy.secureAggregation`
    found.push({ path: ['federation', 'aggregation', 'kind'], message })
  }
  if (rule.kind === 'norm-bound' && rule.bound !== undefined && rule.factor !== undefined) {
    const message = 'is for a bound by the round’s median norm, and `bound` says another: leave one out'
    found.push({ path: ['federation', 'aggregation', 'factor'], message })
  }
  if (partnersMin < needed) {
    const message = `${names[rule.kind]} needs ${needed} updates in every round, and ${partnersMin} would do here: write ${needed} or more`
    found.push({ path: ['federation', 'partnersMin'], message })
  }
  return found
}
