import type { Value } from '../../graph/graph.ts'
import { sizeOf } from '../../graph/shapes.ts'
import { integers, integersOf, pad, reshape, scatterRows, slice, transpose } from '../../ops/movement.ts'
import type { GradientRules } from '../rule.ts'

export const movementRules = {
  Reshape: (ct, { inputs: [x] }) => [reshape(ct, x!.shape), null],
  Flatten: (ct, { inputs: [x] }) => [reshape(ct, x!.shape)],
  // The inverse permutation.
  Transpose: (ct, { attributes: { perm } }) => [transpose(ct, inverse(perm))],
  // The walk sums over what was repeated.
  Expand: ct => [ct, null],
  // Each input gets its part.
  Concat: (ct, { inputs, attributes: { axis }, wanted }) => {
    let start = 0
    return inputs.map((input, index) => {
      const count = input.shape[axis]!
      start += count
      return wanted[index] ? slice(ct, [{ axis, start: start - count, count }]) : null
    })
  },
  // Zeros where nothing was taken.
  Slice: (ct, { inputs: [x, starts, , axes, steps] }) => {
    const ranges = integersOf(axes!).map((axis, index) => ({
      axis,
      start: integersOf(starts!)[index]!,
      step: integersOf(steps!)[index]!,
    }))
    return [
      ranges.reduce((gradient, range) => unslice(gradient, range, x!.shape[range.axis]!), ct),
      null,
      null,
      null,
      null,
    ]
  },
  // Rows taken more than once collect all their gradients.
  Gather: (ct, { inputs: [x, indices], attributes: { axis } }) => {
    const rank = x!.shape.length
    const taken = indices!.shape.length
    const leading = Array.from({ length: axis }, (_, index) => index)
    const middle = Array.from({ length: taken }, (_, index) => axis + index)
    const trailing = Array.from({ length: rank - axis - 1 }, (_, index) => axis + taken + index)
    const front = transpose(ct, [...middle, ...leading, ...trailing])
    const rows = reshape(front, [sizeOf(indices!.shape), ...front.shape.slice(taken)])
    const summed = scatterRows(reshape(indices!, [sizeOf(indices!.shape)]), rows, x!.shape[axis]!)
    const back = Array.from({ length: rank }, (_, index) =>
      index === axis ? 0 : index < axis ? index + 1 : index,
    )
    return [transpose(summed, back), null]
  },
} satisfies GradientRules<'Reshape' | 'Flatten' | 'Transpose' | 'Expand' | 'Concat' | 'Slice' | 'Gather'>

function inverse(perm: readonly number[]): number[] {
  return perm.map((_, axis) => perm.indexOf(axis))
}

/** Puts a slice's gradient back where the slice was taken, along one axis of length `size`. */
function unslice(gradient: Value, range: { axis: number; start: number; step: number }, size: number): Value {
  const { axis, start, step } = range
  const count = gradient.shape[axis]!
  if (count === size && step === 1) return gradient
  if (step === 1) {
    const only = (amount: number) => gradient.shape.map((_, index) => (index === axis ? amount : 0))
    return pad(gradient, only(start), only(size - start - count))
  }
  const axes = gradient.shape.map((_, index) => index)
  const front = [axis, ...axes.filter(index => index !== axis)]
  const positions = integers(
    gradient.graph,
    Array.from({ length: count }, (_, index) => start + index * step),
  )
  return transpose(scatterRows(positions, transpose(gradient, front), size), inverse(front))
}
