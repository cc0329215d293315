import * as tf from '@tensorflow/tfjs'
import type { Layer } from '../engine/networks.ts'

/** From [out, in, rows, columns] and [out, in] to what TensorFlow.js wants; channels go last. */
export function weightsOf(
  layer: Layer,
  before: Layer | undefined,
  [weight, bias]: Float32Array[],
): [weight: tf.Tensor, bias: tf.Tensor] {
  if (!weight || !bias) throw new Error('a layer has no weights')
  const w = tf.tidy(() => {
    if (layer.kind === 'conv')
      return tf.tensor(weight, [layer.out, layer.in, 3, 3]).transpose<tf.Tensor>([2, 3, 1, 0])
    if (before?.kind !== 'conv') return tf.tensor(weight, [layer.out, layer.in]).transpose<tf.Tensor>()
    const pixels = layer.in / before.out
    return tf
      .tensor(weight, [layer.out, before.out, pixels])
      .transpose([2, 1, 0])
      .reshape([layer.in, layer.out])
  })
  return [w, tf.tensor1d(bias)]
}
