import assert from 'node:assert/strict'
import type { Graph, Value } from '../graph/graph.ts'
import { broadcastShape, positiveAxis, type Shape, sizeOf } from '../graph/shapes.ts'

/** Integers that an operator takes as an input rather than as an attribute. */
export function integers(graph: Graph, values: readonly number[]): Value {
  return graph.constant(BigInt64Array.from(values, BigInt), [values.length])
}

/** The numbers of such an input. */
export function integersOf(value: Value): number[] {
  const constant = value.graph.constants.find(candidate => candidate.value === value)
  assert(constant && 'length' in constant.data, `${value.name} is a constant`)
  return Array.from(constant.data, Number)
}

/** The first dimension is left to be inferred when the graph runs, so that it stays true for any batch. */
export function reshape(x: Value, shape: Shape): Value {
  assert(sizeOf(shape) === sizeOf(x.shape), `[${x.shape}] cannot become [${shape}]`)
  const inferred = shape.map((dimension, axis) => (axis === 0 ? -1 : dimension))
  return x.graph.apply('Reshape', [x, integers(x.graph, inferred)], {}, { shape, dtype: x.dtype })
}

/** The dimensions of `x` when the graph runs, as an int64 vector. */
export function shapeOf(x: Value): Value {
  return x.graph.apply('Shape', [x], {}, { shape: [x.shape.length], dtype: 'int64' })
}

export function zerosLike(x: Value): Value {
  return x.graph.apply('ConstantOfShape', [shapeOf(x)], {}, { shape: x.shape })
}

/** Two dimensions: all before `axis`, and the rest. Knows no batch size, so it stays true for any. */
export function flatten(x: Value, axis = 1): Value {
  const shape = [sizeOf(x.shape.slice(0, axis)), sizeOf(x.shape.slice(axis))]
  return x.graph.apply('Flatten', [x], { axis }, { shape, dtype: x.dtype })
}

export function transpose(x: Value, perm: readonly number[]): Value {
  return x.graph.apply(
    'Transpose',
    [x],
    { perm },
    { shape: perm.map(axis => x.shape[axis]!), dtype: x.dtype },
  )
}

/** Repeats `x` along axes of length 1, and along new leading axes, until it has `shape`. */
export function expand(x: Value, shape: Shape): Value {
  const result = broadcastShape(x.shape, shape)
  return x.graph.apply('Expand', [x, integers(x.graph, shape)], {}, { shape: result, dtype: x.dtype })
}

export function concat(parts: readonly Value[], axis: number): Value {
  const [first] = parts
  assert(first, 'there is something to join')
  const along = positiveAxis(axis, first.shape.length)
  const shape = first.shape.map((dimension, index) =>
    index === along ? parts.reduce((sum, part) => sum + part.shape[along]!, 0) : dimension,
  )
  return first.graph.apply('Concat', parts, { axis: along }, { shape, dtype: first.dtype })
}

export interface SliceRange {
  axis: number
  /** From 0. */
  start: number
  /** How many elements are taken. */
  count: number
  /** Distance between them, at least 1. */
  step?: number
}

/** Takes evenly spaced elements along some axes. */
export function slice(x: Value, ranges: readonly SliceRange[]): Value {
  const shape = [...x.shape]
  for (const { axis, start, count, step = 1 } of ranges) {
    assert(start + (count - 1) * step < x.shape[axis]!, `a slice leaves [${x.shape}] along axis ${axis}`)
    shape[axis] = count
  }
  const column = (pick: (range: Required<SliceRange>) => number): Value =>
    integers(
      x.graph,
      ranges.map(range => pick({ step: 1, ...range })),
    )
  const starts = column(range => range.start)
  const ends = column(range => range.start + (range.count - 1) * range.step + 1)
  const axes = column(range => range.axis)
  const steps = column(range => range.step)
  return x.graph.apply('Slice', [x, starts, ends, axes, steps], {}, { shape, dtype: x.dtype })
}

/** Rows of `x` along `axis` at `indices` (int64, any shape), as in NumPy's `take`. */
export function gather(x: Value, indices: Value, axis = 0): Value {
  const along = positiveAxis(axis, x.shape.length)
  const shape = [...x.shape.slice(0, along), ...indices.shape, ...x.shape.slice(along + 1)]
  return x.graph.apply('Gather', [x, indices], { axis: along }, { shape, dtype: x.dtype })
}

/** Zeros before and after each axis. */
export function pad(x: Value, before: readonly number[], after: readonly number[]): Value {
  const shape = x.shape.map((dimension, axis) => dimension + before[axis]! + after[axis]!)
  return x.graph.apply('Pad', [x, integers(x.graph, [...before, ...after])], {}, { shape, dtype: x.dtype })
}

function zeros(graph: Graph, shape: Shape): Value {
  return graph.apply('ConstantOfShape', [integers(graph, shape)], {}, { shape })
}

/**
 * Sums rows `updates[i]` into row `indices[i]` of a tensor of zeros; `indices` is a vector. By ScatterElements, because
 * ONNX Runtime 1.30's ScatterND adds in several threads at once and loses rows that meet: a fifth of them with two.
 */
export function scatterRows(indices: Value, updates: Value, rows: number): Value {
  const { graph } = updates
  const rest = updates.shape.slice(1)
  const column = reshape(indices, [sizeOf(indices.shape), ...rest.map(() => 1)])
  const everywhere = graph.apply(
    'Expand',
    [column, shapeOf(updates)],
    {},
    { shape: updates.shape, dtype: 'int64' },
  )
  const shape = [rows, ...rest]
  const into = zeros(graph, shape)
  return graph.apply('ScatterElements', [into, everywhere, updates], { axis: 0, reduction: 'add' }, { shape })
}

/** [N, b·b·C, H, W] → [N, C, b·H, b·W]: the channels come in b·b groups, one for each place in a block, row by row. */
export function depthToSpace(x: Value, block: number): Value {
  const [batch, channels, height, width] = x.shape as [number, number, number, number]
  const shape = [batch, channels / block ** 2, height * block, width * block]
  return x.graph.apply('DepthToSpace', [x], { blocksize: block, mode: 'DCR' }, { shape })
}
