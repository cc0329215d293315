import { type JudgedRecords, type Metric, ratio } from '../metric.ts'

/** Of one class: records that were rightly said to be of it, that were said to be, and that are. */
export interface ClassCounts {
  readonly hits: number
  readonly guesses: number
  readonly occurrences: number
}

const countsOfClass = 3

/**
 * A figure of single classes. With two classes it is that of the second ("positive") one; with more it is averaged over
 * the classes (macro).
 */
function byClass(figure: (counts: ClassCounts) => number): Metric {
  return {
    appliesTo: ({ classes }) => classes !== null,
    sumsOf: countClasses,
    valueOf(sums) {
      const figures = Array.from({ length: sums.length / countsOfClass }, (_, index) => {
        const [hits, guesses, occurrences] = sums.subarray(index * countsOfClass, (index + 1) * countsOfClass)
        return figure({ hits: hits!, guesses: guesses!, occurrences: occurrences! })
      })
      if (figures.length === 2) return figures[1]!
      return ratio(
        figures.reduce((sum, value) => sum + value, 0),
        figures.length,
      )
    },
  }
}

function countClasses({ predicted, labels, classes }: JudgedRecords): Float64Array {
  if (classes === null) throw new TypeError('the metric is asked of classes only')
  const sums = new Float64Array(classes * countsOfClass)
  for (const [row, guess] of predicted.entries()) {
    const label = labels[row]!
    sums[guess * countsOfClass + 1]! += 1
    sums[label * countsOfClass + 2]! += 1
    if (guess === label) sums[guess * countsOfClass]! += 1
  }
  return sums
}

/** Of the records that were said to be of a class, the share that are. */
export const precision = byClass(({ hits, guesses }) => ratio(hits, guesses))

/** Of the records of a class, the share that were said to be. */
export const recall = byClass(({ hits, occurrences }) => ratio(hits, occurrences))

/** The harmonic mean of precision and recall, 2PR/(P + R). */
export const f1 = byClass(({ hits, guesses, occurrences }) => ratio(2 * hits, guesses + occurrences))
