import type { Value } from '../graph/graph.ts'
import { type SliceRange, slice } from './movement.ts'

type Pair = readonly [rows: number, columns: number]

/**
 * Reads every `step`-th pixel of `x` [N, C, H, W] from a corner on, `counts` of them. Strided slices are slow, so each
 * residue of the step is taken out once; what starts further on is then a contiguous slice of it.
 */
export function createStridedReader(
  x: Value,
  step: Pair,
  counts: Pair,
): (row: number, column: number) => Value {
  const residues = new Map<string, Value>()
  const read = new Map<string, Value>()
  const once = (known: Map<string, Value>, key: string, make: () => Value): Value => {
    const value = known.get(key) ?? make()
    known.set(key, value)
    return value
  }
  const every = (axis: 2 | 3, start: number): SliceRange => {
    const by = step[axis - 2]!
    return { axis, start, count: Math.floor((x.shape[axis]! - start - 1) / by) + 1, step: by }
  }
  const residueAt = (row: number, column: number): Value =>
    step[0] === 1 && step[1] === 1 ? x : slice(x, [every(2, row), every(3, column)])
  return (row, column) =>
    once(read, `${row} ${column}`, () => {
      const [u, v] = [row % step[0], column % step[1]]
      const residue = once(residues, `${u} ${v}`, () => residueAt(u, v))
      return slice(residue, [
        { axis: 2, start: (row - u) / step[0], count: counts[0] },
        { axis: 3, start: (column - v) / step[1], count: counts[1] },
      ])
    })
}
