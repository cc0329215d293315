import { type CellValue, cellOf, type PlainRecord } from '../rules/deidentifier.ts'
import type { EquivalenceClass } from './equivalence-classes.ts'

/** How much the classes of a table hide of one sensitive field: the worst of all classes. */
export interface Diversity {
  readonly field: string
  /** Distinct l-diversity: the fewest values that occur in a class. */
  readonly distinct: number
  /** Entropy l-diversity: exp of the least entropy; at most `distinct`, equal when values are evenly spread. */
  readonly entropy: number
  /**
   * t-closeness with equal distances: the most that a class's shares differ in total from those of the table; 0 to 1.
   */
  readonly closeness: number
}

/**
 * l-diversity (Machanavajjhala, Kifer, Gehrke, Venkitasubramaniam 2007, ACM TKDD 1(1), §4) and t-closeness (Li, Li,
 * Venkatasubramanian 2007, ICDE, with all values equally far apart: half the sum of |p − q|). Missing values (null) are
 * no values: they make nobody more diverse, and a class that has nothing else reveals nothing. Both l are 0
 * for a table where nothing is recorded.
 */
export function diversityOf(
  field: string,
  { rows, classes }: { rows: readonly PlainRecord[]; classes: Iterable<EquivalenceClass> },
): Diversity {
  const values = rows.map(row => cellOf(row, field))
  const overall = sharesOf(values)
  let [distinct, entropy, closeness] = [Infinity, Infinity, 0]
  for (const { rows: indices } of classes) {
    const shares = sharesOf(indices.map(index => values[index]!))
    if (shares.size === 0) continue
    const perplexity = Math.exp(-sum(shares.values(), share => share * Math.log(share)))
    const apart = sum(overall, ([value, share]) => Math.abs(share - (shares.get(value) ?? 0))) / 2
    distinct = Math.min(distinct, shares.size)
    entropy = Math.min(entropy, perplexity)
    closeness = Math.max(closeness, apart)
  }
  return distinct === Infinity
    ? { field, distinct: 0, entropy: 0, closeness: 0 }
    : { field, distinct, entropy, closeness }
}

function sharesOf(values: readonly CellValue[]): Map<CellValue, number> {
  const counts = new Map<CellValue, number>()
  let recorded = 0
  for (const value of values) {
    if (value === null) continue
    counts.set(value, (counts.get(value) ?? 0) + 1)
    recorded++
  }
  for (const [value, count] of counts) counts.set(value, count / recorded)
  return counts
}

function sum<T>(items: Iterable<T>, term: (item: T) => number): number {
  let total = 0
  for (const item of items) total += term(item)
  return total
}
