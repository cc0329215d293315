import type { Entropy } from '@consort/protocol'
import { gaussianTable, tableCentre } from './gaussian-table.ts'
import { createRandomWords } from './random-words.ts'

/** Draws of a discrete Gaussian on the whole numbers. */
export interface GaussianSteps {
  /** Up to `stepsMax` independent draws of a·X₁ + X₂ (see `noiseGrid`), in a buffer that the next call overwrites. */
  draw(count: number, coarse: number): Int32Array<ArrayBuffer>
  /** Overwrites everything that draws could be worked out from. */
  wipe(): void
}

/** Two words of 32 bits each: 128 KiB, which stay in the second-level cache together with the table's 256 KiB. */
export const stepsMax = 16_384

/**
 * The table's two draws of each step are looked up without branches, because no processor could predict them: a mask
 * chooses between a cell and its alias. Where the first 16 bits of the threshold do not decide (once in 32,768
 * steps), the other 64 are drawn afterwards. Never twice the same bits.
 */
export function createGaussianSteps(entropy?: Entropy): GaussianSteps {
  const { cells, rests } = gaussianTable()
  const random = createRandomWords(2 * stepsMax, entropy)
  const steps = new Int32Array(stepsMax)
  const undecided = new Int32Array(stepsMax)

  const cellOf = (word: number): number => {
    const own = word & 0xffff
    const isOver =
      word >>> 16 === cells[own]! >>> 16 ? random.bits64() >= rests[own]! : word >>> 16 > cells[own]! >>> 16
    return isOver ? cells[own]! & 0xffff : own
  }
  return {
    draw(count, coarse) {
      random.refill()
      const by = { count, coarse, words: random.words, cells }
      const rare = lookUp(steps, undecided, by)
      for (const index of undecided.subarray(0, rare)) {
        const first = cellOf(random.words[2 * index]!)
        const second = cellOf(random.words[2 * index + 1]!)
        steps[index] = coarse * (first - tableCentre) + second - tableCentre
      }
      return steps.subarray(0, count)
    },
    wipe() {
      random.wipe()
      steps.fill(0)
    },
  }
}

/** Fills `steps`; the answer says how many places were written to `undecided`. */
function lookUp(
  steps: Int32Array,
  undecided: Int32Array,
  by: { count: number; coarse: number; words: Int32Array; cells: Int32Array },
): number {
  const { count, coarse, words, cells } = by
  const centre = Math.imul(coarse + 1, tableCentre)
  let rare = 0
  for (let index = 0, word = 0; index < count; index++, word += 2) {
    const first = words[word]!
    const second = words[word + 1]!
    const firstCell = cells[first & 0xffff]!
    const secondCell = cells[second & 0xffff]!
    const firstOver = ((first >>> 16) - (firstCell >>> 16)) | 0
    const secondOver = ((second >>> 16) - (secondCell >>> 16)) | 0
    const firstDraw = (first ^ ((first ^ firstCell) & ~(firstOver >> 31))) & 0xffff
    const secondDraw = (second ^ ((second ^ secondCell) & ~(secondOver >> 31))) & 0xffff
    steps[index] = Math.imul(coarse, firstDraw) + secondDraw - centre
    // Zero only if a factor is: both are below 2¹⁶, so 32 zero bits at the end of their product cannot come together.
    if (Math.imul(firstOver, secondOver) === 0) undecided[rare++] = index
  }
  return rare
}
