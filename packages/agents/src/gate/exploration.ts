import assert from 'node:assert/strict'

/** How β grows with experience, and where nothing is explored at all. */
export interface ExplorationRule {
  /** β for the first case, in one over the currency of the costs. */
  readonly betaStart: number
  /** Cases after which β has doubled, grown threefold after twice as many, and so on. */
  readonly casesToDouble: number
  /**
   * Kinds of cases (as the agreement or the node's policy names them) for which the cheapest action is always taken.
   */
  readonly forbiddenFor?: readonly string[]
}

/**
 * β after `cases` cases of one kind: betaStart · (1 + cases / casesToDouble), so that what is explored falls as
 * experience grows; Infinity where exploration is forbidden. Depends on counts only, never on labels: a guarantee that
 * was computed for one β may take the next as a policy that was fixed beforehand.
 */
export function betaOf(
  { betaStart, casesToDouble, forbiddenFor = [] }: ExplorationRule,
  { cases, caseClass }: { cases: number; caseClass: string },
): number {
  assert.ok(betaStart >= 0 && casesToDouble > 0 && cases >= 0)
  if (forbiddenFor.includes(caseClass)) return Number.POSITIVE_INFINITY
  return betaStart * (1 + cases / casesToDouble)
}
