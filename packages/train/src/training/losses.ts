import type { LossKind } from '@consort/protocol'
import type { Value } from '../graph/graph.ts'
import { add, cast, equal, exp, logSoftmax, mul, neg, sigmoid, softplus, sub } from '../ops/elementwise.ts'
import { reshape } from '../ops/movement.ts'
import { reduceSum } from '../ops/reduction.ts'

export interface LossInput {
  /** [B, outputs] */
  readonly scores: Value
  /** [B, 1]: class indices (int32), or for `mse` the numbers to predict (float32). */
  readonly labels: Value
  /** [B, 1]: 1/n for each of n examples, 0 for padding, so that the loss is the mean over the examples. */
  readonly weights: Value
  /** Of cross-entropy: so much of an example's weight all classes share (Szegedy et al. 2016, section 7). */
  readonly smoothing?: number
}

/** Σᵢ weightᵢ·lossᵢ, a scalar: the job's quality J(θ) = Σ lᵢ(θ). Each differentiates as a whole, in closed form. */
export function lossValue(kind: LossKind, input: LossInput): Value {
  switch (kind) {
    case 'cross-entropy':
      return crossEntropy(input)
    case 'binary-cross-entropy':
      return binaryCrossEntropy(input)
    case 'squared-error':
      return squaredError(input)
    case 'mse':
      return meanSquaredError(input)
  }
}

/** l = −Σₖ tₖ·log softmax(s)ₖ, t = onehot(y), or smoothed (1 − ε)·onehot(y) + ε/K;  ∂l/∂s = softmax(s) − t */
function crossEntropy({ scores, labels, weights, smoothing = 0 }: LossInput): Value {
  const { graph } = scores
  const one = oneHot(scores, labels)
  const chosen = smoothing > 0 ? add(mul(one, 1 - smoothing), smoothing / scores.shape[1]!) : one
  const logProbabilities = logSoftmax(scores)
  const total = neg(reduceSum(mul(mul(logProbabilities, chosen), weights), [0, 1]))
  return graph.composite(total, {
    inputs: [scores],
    rule: cotangent => [mul(mul(sub(exp(logProbabilities), chosen), weights), cotangent)],
  })
}

/** l = Σₖ (pₖ − onehot(y)ₖ)², p = softmax(s);  ∂l/∂s = 2p·(d − Σₖ dₖpₖ), d = p − onehot(y) */
function squaredError({ scores, labels, weights }: LossInput): Value {
  const probabilities = exp(logSoftmax(scores))
  const distance = sub(probabilities, oneHot(scores, labels))
  const total = reduceSum(mul(mul(distance, distance), weights), [0, 1])
  return scores.graph.composite(total, {
    inputs: [scores],
    rule: cotangent => {
      const mean = reduceSum(mul(distance, probabilities), [1], 1)
      return [mul(mul(mul(mul(probabilities, 2), sub(distance, mean)), weights), cotangent)]
    },
  })
}

/** [B, classes]: 1 in the place of the label. */
function oneHot(scores: Value, labels: Value): Value {
  const classes = scores.shape[1]!
  const numbers = scores.graph.constant(
    Int32Array.from({ length: classes }, (_, index) => index),
    [1, classes],
  )
  return cast(equal(labels, numbers), 'float32')
}

/** l = log(1 + eˢ) − y·s;  ∂l/∂s = σ(s) − y */
function binaryCrossEntropy({ scores, labels, weights }: LossInput): Value {
  const targets = cast(labels, 'float32')
  const total = reduceSum(mul(sub(softplus(scores), mul(targets, scores)), weights), [0, 1])
  return scores.graph.composite(total, {
    inputs: [scores],
    rule: cotangent => [mul(mul(sub(sigmoid(scores), targets), weights), cotangent)],
  })
}

/** l = (s − y)²;  ∂l/∂s = 2(s − y) */
function meanSquaredError({ scores, labels, weights }: LossInput): Value {
  const residual = sub(scores, reshape(labels, scores.shape))
  const total = reduceSum(mul(mul(residual, residual), weights), [0, 1])
  return scores.graph.composite(total, {
    inputs: [scores],
    rule: cotangent => [mul(mul(mul(residual, 2), weights), cotangent)],
  })
}
