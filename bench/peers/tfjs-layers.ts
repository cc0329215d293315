import * as tf from '@tensorflow/tfjs'

/*
 * Layers for the wasm backend with gradients that use its fast kernels. The plain ones are 3-10 times slower there
 * (tfjs 4.22, measured one thread on the networks of this race), for these reasons:
 * - matMul with a transposed operand leaves XNNPACK for a scalar loop: 54 ms against 3-9 ms (case a, batch 32);
 * - there is no Conv2DBackpropFilter kernel at all, and Conv2DBackpropInput is a scalar loop: 20 ms against 3 ms;
 * - MaxPoolGrad is a scalar loop with a division for each pixel: 9 ms against 1.5 ms.
 */

/** A matrix and how to read it: `t` says that its transpose is meant. */
type Operand = { of: tf.Tensor2D; t?: boolean }

/** What tf.customGrad wants of a rule: a value, and the gradients of its inputs from what the rule saved. */
type Ruled = { value: tf.Tensor; gradFunc: (dy: tf.Tensor, saved: tf.Tensor[]) => tf.Tensor | tf.Tensor[] }
/** tf.customGrad hands over the inputs and then a function that keeps tensors for the gradient. */
type Arguments = (tf.Tensor | tf.GradSaveFunc)[]

/** A layer's variables, and whether it is the first one, whose input needs no gradient. */
export type Variables = { weight: tf.Variable; bias: tf.Variable; first: boolean }

/** x·W + b, then ReLU if `relu`. */
export function dense(x: tf.Tensor2D, { weight, bias, first }: Variables, relu: boolean): tf.Tensor2D {
  const w = weight as tf.Tensor as tf.Tensor2D
  const withGradient = (...given: Arguments): Ruled => {
    const z = tf.add(product({ of: x }, { of: w }), bias)
    const y = relu ? tf.relu(z) : z
    saveOf(given)([x, y])
    const gradFunc = (dy: tf.Tensor, [x0, y0]: tf.Tensor[]) => {
      const dz = (relu ? tf.mul(dy, tf.step(y0 as tf.Tensor)) : dy) as tf.Tensor2D
      const own = [product({ of: x0 as tf.Tensor2D, t: true }, { of: dz }), tf.sum(dz, 0)]
      return first ? own : [product({ of: dz }, { of: w, t: true }), ...own]
    }
    return { value: y, gradFunc }
  }
  return tf.customGrad(withGradient)(...(first ? [] : [x]), weight, bias) as tf.Tensor2D
}

/** A 3×3 convolution without padding, then ReLU. */
export function conv(x: tf.Tensor4D, { weight, bias, first }: Variables): tf.Tensor4D {
  const w = weight as tf.Tensor as tf.Tensor4D
  const withGradient = (...given: Arguments): Ruled => {
    // With an activation the fused kernel is not used where gradients are taken.
    const y = tf.relu(tf.fused.conv2d({ x, filter: w, strides: 1, pad: 'valid', bias, activation: 'linear' }))
    saveOf(given)([x, y])
    const gradFunc = (dy: tf.Tensor, [x0, y0]: tf.Tensor[]) => {
      const dz = tf.mul<tf.Tensor4D>(dy, tf.step(y0 as tf.Tensor))
      const own = [filterGradient(x0 as tf.Tensor4D, dz), sumOverPixels(dz)]
      return first ? own : [inputGradient(dz, w), ...own]
    }
    return { value: y, gradFunc }
  }
  return tf.customGrad(withGradient)(...(first ? [] : [x]), weight, bias) as tf.Tensor4D
}

/** The maximum over windows of 2×2; the gradient goes in equal parts to those that reach it. */
export function maxPool(x: tf.Tensor4D): tf.Tensor4D {
  const withGradient = (...given: Arguments): Ruled => {
    const y = tf.maxPool(x, 2, 2, 'valid')
    saveOf(given)([x, y])
    const gradFunc = (dy: tf.Tensor, [x0, y0]: tf.Tensor[]) =>
      maxPoolGradient(dy as tf.Tensor4D, x0 as tf.Tensor4D, y0 as tf.Tensor4D)
    return { value: y, gradFunc }
  }
  return tf.customGrad(withGradient)(x) as tf.Tensor4D
}

/** Mean softmax cross-entropy of one-hot labels. */
export function crossEntropy(logits: tf.Tensor2D, oneHot: tf.Tensor2D): tf.Scalar {
  const batch = logits.shape[0]
  const withGradient = (...given: Arguments): Ruled => {
    const p = tf.softmax(logits)
    saveOf(given)([p])
    return {
      value: tf.div(tf.sum(tf.log(tf.sum(tf.mul(p, oneHot), 1))), -batch),
      gradFunc: (dy, [kept]) => tf.mul(tf.sub(kept as tf.Tensor, oneHot), tf.div(dy, batch)),
    }
  }
  return tf.customGrad(withGradient)(logits) as tf.Scalar
}

function saveOf(given: Arguments): tf.GradSaveFunc {
  return given.at(-1) as tf.GradSaveFunc
}

/**
 * a·b through XNNPACK, which packs the right operand anew at each call, slowly (some 6 ns a number against some
 * 1-2 ns to transpose): where the right one is the larger, it is quicker to form bᵀ·aᵀ and transpose that.
 */
function product(a: Operand, b: Operand): tf.Tensor2D {
  const [rows, inner] = a.t ? [a.of.shape[1], a.of.shape[0]] : a.of.shape
  const columns = b.t ? b.of.shape[0] : b.of.shape[1]
  const [sizeA, sizeB] = [rows * inner, inner * columns]
  const direct = 6 * sizeB + (a.t ? sizeA : 0) + (b.t ? sizeB : 0)
  const swapped = 6 * sizeA + (a.t ? 0 : sizeA) + (b.t ? 0 : sizeB) + 2 * rows * columns
  const read = ({ of, t }: Operand, flip: boolean) => ((t === true) !== flip ? tf.transpose(of) : of)
  if (direct <= swapped) return tf.matMul(read(a, false), read(b, false))
  return tf.transpose(tf.matMul(read(b, true), read(a, true)))
}

/** dW[i,j] = Σ x[·,·+i,·+j]ᵀ·dz: [3, 3, in, out]. */
function filterGradient(x: tf.Tensor4D, dz: tf.Tensor4D): tf.Tensor4D {
  const [channels, out] = [x.shape[3], dz.shape[3]]
  if (channels > 1) {
    // A convolution in which channels and examples change places: quickest where there are several channels.
    const grad = tf.conv2d(
      tf.transpose(x, [3, 1, 2, 0]),
      tf.transpose(dz, [1, 2, 0, 3]) as tf.Tensor4D,
      1,
      'valid',
    )
    return tf.transpose(grad as tf.Tensor4D, [1, 2, 0, 3])
  }
  // Patches by a convolution with the nine unit filters (slice and concat take 30 times as long), then one product.
  const patches = tf.conv2d(x, unitFilters(), 1, 'valid').reshape<tf.Tensor2D>([-1, 9])
  return product({ of: patches, t: true }, { of: dz.reshape<tf.Tensor2D>([-1, out]) }).reshape([3, 3, 1, out])
}

/** dx: dz, padded by two, convolved with the filter turned round. */
function inputGradient(dz: tf.Tensor4D, filter: tf.Tensor4D): tf.Tensor4D {
  const turned = tf.transpose(tf.reverse(filter, [0, 1]), [0, 1, 3, 2]) as tf.Tensor4D
  return tf.conv2d(dz, turned, 1, [
    [0, 0],
    [2, 2],
    [2, 2],
    [0, 0],
  ])
}

/** Σ over examples, rows and columns. XNNPACK's average pooling is some ten times as quick as tf.sum over rows. */
function sumOverPixels(dz: tf.Tensor4D): tf.Tensor1D {
  const [, height, width, out] = dz.shape
  const means = tf.avgPool(dz, [height, width], 1, 'valid').reshape<tf.Tensor2D>([-1, out])
  return tf.mul(tf.sum(means, 0), height * width)
}

function maxPoolGradient(dy: tf.Tensor4D, x: tf.Tensor4D, y: tf.Tensor4D): tf.Tensor4D {
  const [batch, height, width, channels] = x.shape
  const [, h, w] = y.shape
  const whole = height === 2 * h && width === 2 * w
  const cropped = whole ? x : tf.slice(x, [0, 0, 0, 0], [batch, 2 * h, 2 * w, channels])
  const spread = (t: tf.Tensor) => t.reshape([batch * h, 1, w, 1, channels])
  // below = 1 where the pixel is less than its window's maximum, else 0.
  const below = tf.step(tf.sub(spread(y), cropped.reshape([batch * h, 2, w, 2, channels])))
  const reaching = tf.mul(
    tf.sub(1, tf.avgPool(below.reshape<tf.Tensor4D>([batch, 2 * h, 2 * w, channels]), 2, 2, 'valid')),
    4,
  )
  const share = spread(tf.div(dy, reaching))
  const dx = tf.sub(share, tf.mul(share, below)).reshape<tf.Tensor4D>([batch, 2 * h, 2 * w, channels])
  return whole
    ? dx
    : tf.pad(dx, [
        [0, 0],
        [0, height - 2 * h],
        [0, width - 2 * w],
        [0, 0],
      ])
}

let units: tf.Tensor4D | undefined
function unitFilters(): tf.Tensor4D {
  units ??= tf.keep(tf.tidy(() => tf.eye(9).reshape<tf.Tensor4D>([3, 3, 1, 9])))
  return units
}
