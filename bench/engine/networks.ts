/** A 3×3 convolution without padding, then ReLU, then (if `pool`) the maximum over windows of 2×2. */
export type ConvLayer = { kind: 'conv'; in: number; out: number; pool: boolean }
/**
 * x·Wᵀ + b, then ReLU if `relu`. The first dense layer after a convolution takes its channels, rows and columns in that
 * order.
 */
export type DenseLayer = { kind: 'dense'; in: number; out: number; relu: boolean }
export type Layer = ConvLayer | DenseLayer

export type Network = {
  /** Shape of one example: channels, rows, columns, or one number of features. */
  input: readonly number[]
  classes: number
  layers: readonly Layer[]
}

export const caseNames = ['a', 'b', 'c'] as const
export type CaseName = (typeof caseNames)[number]

/** The side of the square kernels. */
export const kernel = 3

/** Adam as everybody must run it. */
export const adam = { learningRate: 1e-4, beta1: 0.9, beta2: 0.999, epsilon: 1e-8 }

export const networks = {
  a: {
    input: [1, 28, 28],
    classes: 10,
    layers: [
      { kind: 'conv', in: 1, out: 32, pool: false },
      { kind: 'dense', in: 32 * 26 * 26, out: 64, relu: true },
      { kind: 'dense', in: 64, out: 10, relu: false },
    ],
  },
  b: {
    input: [1000],
    classes: 2,
    layers: [
      { kind: 'dense', in: 1000, out: 128, relu: true },
      { kind: 'dense', in: 128, out: 2, relu: false },
    ],
  },
  c: {
    input: [1, 28, 28],
    classes: 10,
    layers: [
      { kind: 'conv', in: 1, out: 16, pool: true },
      { kind: 'conv', in: 16, out: 32, pool: true },
      { kind: 'dense', in: 32 * 5 * 5, out: 128, relu: true },
      { kind: 'dense', in: 128, out: 10, relu: false },
    ],
  },
} as const satisfies Record<CaseName, Network>

/** Shapes of a layer's weight, [out, in, 3, 3] or [out, in], and bias. */
export function shapesOf(layer: Layer): [weight: number[], bias: number[]] {
  return [layer.kind === 'conv' ? [layer.out, layer.in, kernel, kernel] : [layer.out, layer.in], [layer.out]]
}
