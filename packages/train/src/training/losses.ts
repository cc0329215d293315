import type { LossKind } from '@consort/protocol'
import type { Value } from '../graph/graph.ts'
import { cast, equal, exp, logSoftmax, mul, neg, sigmoid, softplus, sub } from '../ops/elementwise.ts'
import { reshape } from '../ops/movement.ts'
import { reduceSum } from '../ops/reduction.ts'

export interface LossInput {
  /** [B, outputs] */
  readonly scores: Value
  /** [B, 1]: class indices (int32), or for `mse` the numbers to predict (float32). */
  readonly labels: Value
  /** [B, 1]: 1/n for each of n examples, 0 for padding, so that the loss is the mean over the examples. */
  readonly weights: Value
}

/** Σᵢ weightᵢ·lossᵢ, a scalar: the job's quality J(θ) = Σ lᵢ(θ). Each differentiates as a whole, in closed form. */
export function lossValue(kind: LossKind, input: LossInput): Value {
  switch (kind) {
    case 'cross-entropy':
      return crossEntropy(input)
    case 'binary-cross-entropy':
      return binaryCrossEntropy(input)
    case 'mse':
      return meanSquaredError(input)
  }
}

/** l = −log softmax(s)[y];  ∂l/∂s = softmax(s) − onehot(y) */
function crossEntropy({ scores, labels, weights }: LossInput): Value {
  const { graph } = scores
  const classes = scores.shape[1]!
  const numbers = graph.constant(
    Int32Array.from({ length: classes }, (_, index) => index),
    [1, classes],
  )
  const chosen = cast(equal(labels, numbers), 'float32')
  const logProbabilities = logSoftmax(scores)
  const total = neg(reduceSum(mul(mul(logProbabilities, chosen), weights), [0, 1]))
  return graph.composite(total, {
    inputs: [scores],
    rule: cotangent => [mul(mul(sub(exp(logProbabilities), chosen), weights), cotangent)],
  })
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
