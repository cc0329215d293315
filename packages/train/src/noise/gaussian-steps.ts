import type { Entropy } from '@consort/protocol'
import { gaussianTable, tableCentre } from './gaussian-table.ts'
import type { NoiseGrid } from './noise-grid.ts'
import { openNoiseKernels } from './noise-kernels.ts'
import { createRandomWords } from './random-words.ts'

/** Draws of a discrete Gaussian on the whole numbers. */
export interface GaussianSteps {
  /** Up to `stepsMax` independent draws of a·X₁ + X₂ (see `noiseGrid`), in a buffer that the next call overwrites. */
  draw(count: number, coarse: number): Int32Array<ArrayBuffer>
  /** Snaps up to `stepsMax` values to the grid and adds a draw to each. */
  addTo(values: Float32Array, grid: Pick<NoiseGrid, 'coarse' | 'granularity'>): void
  /** Overwrites everything that draws could be worked out from. */
  wipe(): void
}

/**
 * The table's two draws of each step are looked up without branches (`noise-kernels.ts`). Where the first 16 bits of a
 * threshold do not decide (once in 32,768 steps), the group's four steps are looked up again here, with 64 bits more
 * for what is undecided. Never twice the same bits.
 */
export function createGaussianSteps(entropy?: Entropy): GaussianSteps {
  const table = gaussianTable()
  const kernels = openNoiseKernels(table.cells)
  const { cells, words, steps, values: buffer, undecided } = kernels
  const random = createRandomWords(words, entropy)

  const cellOf = (word: number): number => {
    const own = word & 0xffff
    const isOver =
      word >>> 16 === cells[own]! >>> 16
        ? random.bits64() >= table.rests[own]!
        : word >>> 16 > cells[own]! >>> 16
    return isOver ? cells[own]! & 0xffff : own
  }
  const fill = (groups: number, coarse: number): void => {
    random.refill()
    const rare = kernels.lookUp(groups, coarse)
    for (const group of undecided.subarray(0, rare)) {
      for (let index = 4 * group; index < 4 * group + 4; index++) {
        const first = cellOf(words[2 * index]!)
        const second = cellOf(words[2 * index + 1]!)
        steps[index] = coarse * (first - tableCentre) + second - tableCentre
      }
    }
  }
  return {
    draw(count, coarse) {
      fill(Math.ceil(count / 4), coarse)
      return steps.subarray(0, count)
    },
    addTo(values, { coarse, granularity }) {
      const groups = Math.ceil(values.length / 4)
      fill(groups, coarse)
      buffer.set(values)
      kernels.addSteps(groups, granularity)
      values.set(buffer.subarray(0, values.length))
    },
    wipe() {
      random.wipe()
      steps.fill(0)
      buffer.fill(0)
      undecided.fill(0)
    },
  }
}
