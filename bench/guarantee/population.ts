import { benchData, classes, images, readLabels, readProbabilities } from './cifar-files.ts'

/** All cases there are, as equally likely cells; so what any gate does to them is known exactly. */
export interface Population {
  readonly name: string
  /** The surest first. */
  readonly cells: readonly Cell[]
}

export interface Cell {
  readonly confidence: number
  /** P(wrong): 0 or 1 for a case whose label is known. */
  readonly wrong: number
}

/** How likely the policy answers a case that the gate lets through, by its confidence. */
export type Propensity = (confidence: number) => number

const always: Propensity = () => 1

export interface Answered {
  /** Of all cases. */
  readonly share: number
  /** P(wrong | answered). */
  readonly risk: number
}

/** What a gate at a threshold answers. Sums once, so that it may be asked often. */
export function answering({ cells }: Population, propensity = always): (threshold: number) => Answered {
  const answered = new Float64Array(cells.length + 1)
  const wrong = new Float64Array(cells.length + 1)
  for (const [index, cell] of cells.entries()) {
    const chance = propensity(cell.confidence)
    answered[index + 1] = answered[index]! + chance
    wrong[index + 1] = wrong[index]! + chance * cell.wrong
  }
  return threshold => {
    let [through, below] = [0, cells.length]
    while (through < below) {
      const middle = (through + below) >> 1
      if (cells[middle]!.confidence >= threshold) through = middle + 1
      else below = middle
    }
    const risk = answered[through] === 0 ? 0 : wrong[through]! / answered[through]!
    return { share: answered[through]! / cells.length, risk }
  }
}

/** The largest share that any threshold answers at a risk of at most α: known in hindsight only. */
export function bestShare({ cells }: Population, alpha: number): number {
  let [best, wrong] = [0, 0]
  for (const [index, cell] of cells.entries()) {
    wrong += cell.wrong
    const isLastOfTies = cells[index + 1]?.confidence !== cell.confidence
    if (isLastOfTies && wrong / (index + 1) <= alpha) best = index + 1
  }
  return best / cells.length
}

export function drawCase(
  { cells }: Population,
  uniform: () => number,
): { confidence: number; isWrong: boolean } {
  const { confidence, wrong } = cells[Math.floor(uniform() * cells.length)]!
  return { confidence, isWrong: uniform() < wrong }
}

/** The model's top probability, as it comes, and whether CIFAR's label says otherwise; undefined without the files. */
export function cifarPopulation(): Population | undefined {
  const folder = benchData()
  if (folder === undefined) return undefined
  const labels = readLabels(folder)
  const probabilities = readProbabilities(folder)
  const cells = Array.from({ length: images }, (_, image) => {
    const row = probabilities.subarray(image * classes, (image + 1) * classes)
    const confidence = Math.max(...row)
    return { confidence, wrong: row.indexOf(confidence) === labels[image] ? 0 : 1 }
  })
  return { name: 'CIFAR-10', cells: surestFirst(cells) }
}

const steps = 10_000

/** P(wrong) by the share of surer cases. */
export const syntheticPopulations: readonly Population[] = [
  synthetic('errors rise as confidence falls', rank => 0.3 * rank ** 4),
  synthetic('sure errors first, then better', rank => (rank < 0.02 ? 0.2 : 0.4 * rank ** 6)),
  synthetic('right, then a cliff', rank => (rank < 0.5 ? 0.004 : 0.3)),
]

/** A little worse than α everywhere: no threshold is right, and whoever opens has broken the promise. */
export function slightlyTooBad(alpha: number): Population {
  return synthetic('a little too bad everywhere', () => 1.02 * alpha)
}

function synthetic(name: string, wrong: (rank: number) => number): Population {
  const cells = Array.from({ length: steps }, (_, index) => {
    const rank = (index + 0.5) / steps
    return { confidence: 1 - rank / 2, wrong: wrong(rank) }
  })
  return { name, cells }
}

function surestFirst(cells: Cell[]): Cell[] {
  return cells.sort((a, b) => b.confidence - a.confidence)
}
