import assert from 'node:assert/strict'

/** What people see in cases: for each sort of case (easy, hard …) and true class, how likely each class is chosen. */
export interface Expertise {
  readonly classes: number
  /** `confusions[sort][label * classes + choice]`; rows add up to 1. */
  readonly confusions: readonly Float64Array[]
  /**
   * How much a choice counts beside what was believed before: 1 where choices are independent given sort and class. See
   * `fitTrust`.
   */
  readonly trust: number
  /** Where the model's largest probability is cut into bins, ascending. */
  readonly surenessEdges: readonly number[]
  /** `shares[2 · bin + (label is the likeliest ? 1 : 0)][sort]`: which sorts of cases occur there; rows add up to 1. */
  readonly shares: readonly (readonly number[])[]
}

/** Choices of people on n labelled cases, and what the model said of them. */
export interface PastChoices {
  /** How many people chose each class, n × k by rows. */
  readonly counts: ArrayLike<number>
  /** Calibrated probabilities, n × k by rows. */
  readonly probabilities: ArrayLike<number>
  readonly labels: ArrayLike<number>
  readonly classes: number
}

/** One confusion matrix for all cases; each row starts from one choice spread evenly. */
export function fitConfusions({ counts, labels, classes }: PastChoices): Expertise {
  const everything = new Float64Array(labels.length).fill(1)
  const confusions = new Float64Array(classes * classes).fill(1 / classes)
  addChoices(confusions, { counts, labels, classes, weights: everything })
  normalise(confusions, classes)
  return { classes, confusions: [confusions], trust: 1, surenessEdges: [], shares: [[1], [1]] }
}

/**
 * Confusions for several sorts of cases, found by expectation maximisation (Dempster, Laird, Rubin 1977; confusions as
 * in Dawid, Skene 1979, with the labels known): people's errors on one image go together, because some images are hard,
 * and they are hard for people more often where the model is unsure. One matrix for all takes each further choice for
 * fresh evidence and is too sure after two. `rightShares` are the shares of right choices from which the sorts start,
 * the easiest first.
 *
 * A sort's confusions lean on the overall pattern of errors by `lean` choices, its shares in a bin on the overall ones
 * by 5 cases. Needs several choices for each case: with one the sorts cannot be told apart.
 */
export function fitExpertise(
  past: PastChoices,
  {
    rightShares = [0.98, 0.75],
    surenessEdges = [0.6, 0.8, 0.9, 0.97, 0.995],
    lean = 25,
    steps = 40,
  }: {
    rightShares?: readonly number[]
    surenessEdges?: readonly number[]
    lean?: number
    steps?: number
  } = {},
): Expertise {
  const { labels, classes } = past
  const pattern = errorPattern(past)
  const groups = Array.from(labels, (_, record) => groupOf(past, record, surenessEdges))
  let weights: Float64Array[] = rightShares.map((_, sort) => startWeights(past, rightShares, sort))
  let expertise: Expertise = { classes, confusions: [], trust: 1, surenessEdges, shares: [] }
  for (let step = 0; step < steps; step++) {
    const confusions = weights.map(mine => leaningConfusions(past, mine, { pattern, lean }))
    const shares = sharesOf(groups, weights, 2 * (surenessEdges.length + 1))
    expertise = { classes, confusions, trust: 1, surenessEdges, shares }
    weights = responsibilities(past, groups, expertise)
  }
  return expertise
}

/** Which bin of sureness, and whether `label` is what the model takes for likeliest: a row of `shares`. */
export function groupAt(
  surenessEdges: readonly number[],
  { sureness, isLikeliest }: { sureness: number; isLikeliest: boolean },
): number {
  const bin = surenessEdges.filter(edge => sureness >= edge).length
  return 2 * bin + (isLikeliest ? 1 : 0)
}

function groupOf({ probabilities, labels, classes }: PastChoices, record: number, edges: readonly number[]) {
  let sureness = 0
  for (let k = 0; k < classes; k++) sureness = Math.max(sureness, probabilities[record * classes + k]!)
  const isLikeliest = probabilities[record * classes + labels[record]!] === sureness
  return groupAt(edges, { sureness, isLikeliest })
}

/** Nearly all weight on the sort whose share of right choices is the nearest. */
function startWeights(
  { counts, labels, classes }: PastChoices,
  rightShares: readonly number[],
  sort: number,
) {
  return Float64Array.from(labels, (label, record) => {
    let total = 0
    for (let k = 0; k < classes; k++) total += counts[record * classes + k]!
    const right = total === 0 ? rightShares[0]! : counts[record * classes + label]! / total
    const distances = rightShares.map(share => Math.abs(share - right))
    const isNearest = distances.indexOf(Math.min(...distances)) === sort
    return (isNearest ? 0.9 : 0) + 0.1 / rightShares.length
  })
}

interface Weighted {
  readonly counts: ArrayLike<number>
  readonly labels: ArrayLike<number>
  readonly classes: number
  readonly weights: ArrayLike<number>
}

function addChoices(confusions: Float64Array, { counts, labels, classes, weights }: Weighted): void {
  assert.equal(counts.length, labels.length * classes)
  for (let record = 0; record < labels.length; record++) {
    const row = labels[record]! * classes
    for (let k = 0; k < classes; k++) confusions[row + k]! += weights[record]! * counts[record * classes + k]!
  }
}

function normalise(matrix: Float64Array, classes: number): void {
  for (let row = 0; row < matrix.length; row += classes) {
    const total = matrix.subarray(row, row + classes).reduce((sum, value) => sum + value, 0)
    for (let k = 0; k < classes; k++) matrix[row + k]! /= total
  }
}

/** Which wrong class is chosen, given the label and that it is wrong. */
function errorPattern({ counts, labels, classes }: PastChoices): Float64Array {
  const pattern = new Float64Array(classes * classes).fill(1)
  const weights = new Float64Array(labels.length).fill(1)
  addChoices(pattern, { counts, labels, classes, weights })
  for (let k = 0; k < classes; k++) pattern[k * classes + k] = 0
  normalise(pattern, classes)
  return pattern
}

function leaningConfusions(
  { counts, labels, classes }: PastChoices,
  weights: Float64Array,
  { pattern, lean }: { pattern: Float64Array; lean: number },
): Float64Array {
  const confusions = new Float64Array(classes * classes)
  addChoices(confusions, { counts, labels, classes, weights })
  const total = confusions.reduce((sum, value) => sum + value, 0)
  let right = 0
  for (let k = 0; k < classes; k++) right += confusions[k * classes + k]!
  const rightShare = (right + 1) / (total + 2)
  for (let label = 0; label < classes; label++) {
    for (let k = 0; k < classes; k++) {
      const index = label * classes + k
      confusions[index]! += lean * (k === label ? rightShare : (1 - rightShare) * pattern[index]!)
    }
  }
  normalise(confusions, classes)
  return confusions
}

function sharesOf(groups: readonly number[], weights: readonly Float64Array[], count: number): number[][] {
  const overall = weights.map(mine => mine.reduce((sum, weight) => sum + weight, 0) / groups.length)
  const sums = Array.from({ length: count }, () => overall.map(share => 5 * share))
  for (const [record, group] of groups.entries()) {
    for (const [sort, mine] of weights.entries()) sums[group]![sort]! += mine[record]!
  }
  return sums.map(row => {
    const total = row.reduce((sum, value) => sum + value, 0)
    return row.map(value => value / total)
  })
}

function responsibilities(
  { counts, labels, classes }: PastChoices,
  groups: readonly number[],
  { confusions, shares }: Expertise,
): Float64Array[] {
  const logs = confusions.map(matrix => matrix.map(Math.log))
  const weights = confusions.map(() => new Float64Array(labels.length))
  for (let record = 0; record < labels.length; record++) {
    const row = labels[record]! * classes
    const scores = logs.map((log, sort) => {
      let score = Math.log(shares[groups[record]!]![sort]!)
      for (let k = 0; k < classes; k++) score += counts[record * classes + k]! * log[row + k]!
      return score
    })
    const largest = Math.max(...scores)
    const total = scores.reduce((sum, score) => sum + Math.exp(score - largest), 0)
    for (const [sort, score] of scores.entries()) weights[sort]![record] = Math.exp(score - largest) / total
  }
  return weights
}
