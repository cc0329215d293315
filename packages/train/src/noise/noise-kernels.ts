import type {} from '../kernels/web-assembly.ts'
import { groupBytes, noiseModule } from './noise-module.ts'

/** Two words of 32 bits each: 128 KiB, which stay in the second-level cache together with the table's 256 KiB. */
export const stepsMax = 16_384

/** Bytes of the arrays that the kernels work on, one after the other in one memory. */
const sizes = {
  /** Of the table. */
  cells: 4 * 65_536,
  /** Random bits, two words a step. */
  words: 8 * stepsMax,
  steps: 4 * stepsMax,
  values: 4 * stepsMax,
  undecided: stepsMax,
} as const
type Name = keyof typeof sizes
const names = Object.keys(sizes) as Name[]
const offsets = Object.fromEntries(
  names.map((name, index) => [name, names.slice(0, index).reduce((sum, before) => sum + sizes[before], 0)]),
) as Record<Name, number>

const pageBytes = 65_536
const pages = Math.ceil((offsets.undecided + sizes.undecided) / pageBytes)

/** Views of the memory, and the two kernels. */
export interface NoiseKernels extends Readonly<Record<Exclude<Name, 'values'>, Int32Array<ArrayBuffer>>> {
  readonly values: Float32Array<ArrayBuffer>
  /**
   * Fills `steps` with a·X₁ + X₂ for so many groups of four, from `words` by the table, a = `coarse`. The answer says
   * how many groups were listed in `undecided`: in those the first 16 bits of some threshold were the same as the
   * word's.
   */
  lookUp(groups: number, coarse: number): number
  /** `values` ← (round(values / granularity) + steps) · granularity in float64, for so many groups of four. */
  addSteps(groups: number, granularity: number): void
}

/** `cells` of the table are copied. */
export function openNoiseKernels(cells: Int32Array): NoiseKernels {
  const memory = new WebAssembly.Memory({ initial: pages, maximum: pages })
  const module = new WebAssembly.Module(noiseModule(offsets))
  const kernels = new WebAssembly.Instance(module, { env: { memory } }).exports as {
    lookUp(end: number, factors: number): number
    addSteps(end: number, perStep: number, granularity: number): void
  }
  const integers = (name: Name) => new Int32Array(memory.buffer, offsets[name], sizes[name] / 4)
  integers('cells').set(cells)
  return {
    cells: integers('cells'),
    words: integers('words'),
    steps: integers('steps'),
    values: new Float32Array(memory.buffer, offsets.values, stepsMax),
    undecided: integers('undecided'),
    lookUp: (groups, coarse) => kernels.lookUp(groups * groupBytes, (1 << 16) | coarse),
    addSteps: (groups, granularity) => kernels.addSteps(groups * groupBytes, 1 / granularity, granularity),
  }
}
