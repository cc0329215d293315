import * as tf from '@tensorflow/tfjs'
import { readMaterial } from '../engine/material.ts'
import { adam, type CaseName, type Layer, networks } from '../engine/networks.ts'
import type { Trainer } from '../engine/serve.ts'
import { conv, crossEntropy, dense, maxPool } from './tfjs-layers.ts'
import { weightsOf } from './tfjs-weights.ts'

/** With gradients of our own (tfjs-layers.ts) and a shorter Adam. */
export function openTuned(folder: string, name: CaseName, batch: number): Trainer {
  const { inputs, labels, weights } = readMaterial(folder, name, batch)
  const { input, classes, layers } = networks[name]
  const shape = input.length === 3 ? [batch, input[1], input[2], 1] : [batch, ...input]
  const variables = layers.flatMap((layer, i) =>
    variablesOf(layer, layers[i - 1], weights.slice(2 * i, 2 * i + 2)),
  )
  const update = createAdam(variables)
  return {
    step() {
      const x = tf.tensor(inputs, shape)
      // The wasm kernel fills a float32 one-hot with zeros: make it of integers and cast.
      const y = tf.tidy(() => tf.cast(tf.oneHot(tf.tensor1d(labels, 'int32'), classes), 'float32'))
      const { value, grads } = tf.variableGrads(
        () => crossEntropy(forward(layers, variables, x), y as tf.Tensor2D),
        variables,
      )
      update(grads)
      const loss = value.dataSync()[0] ?? Number.NaN
      tf.dispose([x, y, value, grads])
      return loss
    },
    close() {
      update.dispose()
      tf.dispose(variables)
    },
  }
}

function forward(layers: readonly Layer[], variables: readonly tf.Variable[], x: tf.Tensor): tf.Tensor2D {
  let y = x
  for (const [i, layer] of layers.entries()) {
    const [weight, bias] = [variables[2 * i], variables[2 * i + 1]]
    if (!weight || !bias) throw new Error(`layer ${i} has no variables`)
    if (layer.kind === 'conv') {
      y = conv(y as tf.Tensor4D, { weight, bias, first: i === 0 })
      if (layer.pool) y = maxPool(y as tf.Tensor4D)
    } else {
      y = dense(y.reshape([x.shape[0] ?? -1, layer.in]), { weight, bias, first: i === 0 }, layer.relu)
    }
  }
  return y as tf.Tensor2D
}

function variablesOf(layer: Layer, before: Layer | undefined, weights: Float32Array[]): tf.Variable[] {
  return tf.tidy(() => weightsOf(layer, before, weights).map(weight => tf.variable(weight)))
}

/**
 * Adam in ten kernels a variable instead of the fourteen of tf.train.adam, by keeping m/(1-β₁) and v/(1-β₂)
 * and folding both bias corrections into two numbers. (The same numbers up to rounding.)
 */
function createAdam(variables: readonly tf.Variable[]) {
  const { learningRate, beta1, beta2, epsilon } = adam
  const state = variables.map(variable => ({
    m: tf.keep(tf.zerosLike(variable)) as tf.Tensor,
    v: tf.keep(tf.zerosLike(variable)) as tf.Tensor,
  }))
  let t = 0
  const update = (grads: tf.NamedTensorMap): void => {
    t++
    const s = Math.sqrt((1 - beta2) / (1 - beta2 ** t))
    const rate = (learningRate * (1 - beta1)) / (1 - beta1 ** t) / s
    for (const [i, variable] of variables.entries()) {
      const [gradient, slot] = [grads[variable.name], state[i]]
      if (!gradient || !slot) throw new Error(`no gradient for variable ${i}`)
      tf.tidy(() => {
        const m = tf.keep(tf.add(tf.mul(slot.m, beta1), gradient))
        const v = tf.keep(tf.add(tf.mul(slot.v, beta2), tf.square(gradient)))
        variable.assign(tf.sub(variable, tf.mul(tf.div(m, tf.add(tf.sqrt(v), epsilon / s)), rate)))
        tf.dispose([slot.m, slot.v])
        slot.m = m
        slot.v = v
      })
    }
  }
  return Object.assign(update, { dispose: () => tf.dispose(state) })
}
