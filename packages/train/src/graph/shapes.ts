import assert from 'node:assert/strict'

export type Shape = readonly number[]

export function sizeOf(shape: Shape): number {
  return shape.reduce((product, dimension) => product * dimension, 1)
}

export function sameShape(a: Shape, b: Shape): boolean {
  return a.length === b.length && a.every((dimension, axis) => dimension === b[axis])
}

/** The shape that two shapes broadcast to, right-aligned as in NumPy; asserts that they do. */
export function broadcastShape(a: Shape, b: Shape): number[] {
  const rank = Math.max(a.length, b.length)
  return Array.from({ length: rank }, (_, axis) => {
    const x = a[axis - rank + a.length] ?? 1
    const y = b[axis - rank + b.length] ?? 1
    assert(x === y || x === 1 || y === 1, `shapes [${a}] and [${b}] do not broadcast`)
    return x === 1 ? y : x
  })
}

/** Axes counted from the end are turned around: −1 is the last. */
export function positiveAxis(axis: number, rank: number): number {
  const positive = axis < 0 ? axis + rank : axis
  assert(positive >= 0 && positive < rank, `axis ${axis} is outside rank ${rank}`)
  return positive
}

/** The shape after reducing `axes`. */
export function reducedShape(shape: Shape, axes: readonly number[], keepdims: 0 | 1): number[] {
  if (keepdims) return shape.map((dimension, axis) => (axes.includes(axis) ? 1 : dimension))
  return shape.filter((_, axis) => !axes.includes(axis))
}

/** How many positions a window has along one axis. */
export function windowCount(of: {
  size: number
  kernel: number
  stride: number
  padding: number
  dilation: number
}): number {
  const span = of.dilation * (of.kernel - 1) + 1
  const count = Math.floor((of.size + of.padding - span) / of.stride) + 1
  assert(count >= 1, `a window of ${span} does not fit into ${of.size} with padding ${of.padding}`)
  return count
}
