import type { Value } from '../graph/graph.ts'
import type { DType } from '../graph/operators.ts'
import { broadcastShape, positiveAxis } from '../graph/shapes.ts'

type Unary = 'Neg' | 'Sqrt' | 'Erf' | 'Exp' | 'Log' | 'Relu' | 'Sigmoid' | 'Tanh' | 'Softplus'
type Binary = 'Add' | 'Sub' | 'Mul' | 'Div' | 'Pow'

function unary(operator: Unary) {
  return (x: Value): Value => x.graph.apply(operator, [x], {}, { shape: x.shape })
}

/** Shapes broadcast, and a plain number is a scalar. */
function binary(operator: Binary) {
  return (a: Value, b: Value | number): Value => {
    const other = typeof b === 'number' ? scalar(a, b) : b
    return a.graph.apply(
      operator,
      [a, other],
      {},
      { shape: broadcastShape(a.shape, other.shape), dtype: a.dtype },
    )
  }
}

function variadic(operator: 'Max' | 'Min') {
  return (first: Value, ...others: Value[]): Value => {
    const shape = others.reduce((known, other) => broadcastShape(known, other.shape), [...first.shape])
    return first.graph.apply(operator, [first, ...others], {}, { shape, dtype: first.dtype })
  }
}

function comparison(operator: 'Equal' | 'Greater') {
  return (a: Value, b: Value | number): Value => {
    const other = typeof b === 'number' ? scalar(a, b) : b
    return a.graph.apply(
      operator,
      [a, other],
      {},
      { shape: broadcastShape(a.shape, other.shape), dtype: 'bool' },
    )
  }
}

export const neg = unary('Neg')
export const sqrt = unary('Sqrt')
/** (2/√π)·∫₀ˣ e^(−t²) dt */
export const erf = unary('Erf')
export const exp = unary('Exp')
export const log = unary('Log')
export const relu = unary('Relu')
export const sigmoid = unary('Sigmoid')
export const tanh = unary('Tanh')
/** log(1 + eˣ) without overflow. */
export const softplus = unary('Softplus')

export const add = binary('Add')
export const sub = binary('Sub')
export const mul = binary('Mul')
export const div = binary('Div')
export const pow = binary('Pow')
/** The largest of several, element by element. */
export const max = variadic('Max')
export const min = variadic('Min')

export const equal = comparison('Equal')
export const greater = comparison('Greater')

/** `condition ? a : b`, element by element, for float32. */
export function where(condition: Value, a: Value | number, b: Value | number): Value {
  const [yes, no] = [a, b].map(value =>
    typeof value === 'number' ? condition.graph.constant(Float32Array.of(value), []) : value,
  )
  const shape = broadcastShape(condition.shape, broadcastShape(yes!.shape, no!.shape))
  return condition.graph.apply('Where', [condition, yes!, no!], {}, { shape })
}

export function cast(x: Value, to: DType): Value {
  return x.graph.apply('Cast', [x], { to }, { shape: x.shape, dtype: to })
}

export function softmax(x: Value, axis = -1): Value {
  return x.graph.apply('Softmax', [x], { axis: positiveAxis(axis, x.shape.length) }, { shape: x.shape })
}

export function logSoftmax(x: Value, axis = -1): Value {
  return x.graph.apply('LogSoftmax', [x], { axis: positiveAxis(axis, x.shape.length) }, { shape: x.shape })
}

/** A constant of rank 0 with the type of `like`. */
function scalar(like: Value, number: number): Value {
  const data = like.dtype === 'int32' ? Int32Array.of(number) : Float32Array.of(number)
  return like.graph.constant(data, [])
}
