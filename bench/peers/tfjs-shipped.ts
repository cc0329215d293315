import * as tf from '@tensorflow/tfjs'
import { readMaterial } from '../engine/material.ts'
import { adam, type CaseName, kernel, type Network, networks } from '../engine/networks.ts'
import type { Trainer } from '../engine/serve.ts'
import { weightsOf } from './tfjs-weights.ts'

/**
 * The gradient of a convolution's filter, without which the wasm backend trains no convolution and which it lacks: as
 * the convolution of the input with the output's gradient, made of the backend's own operations.
 */
export function registerFilterGradient(): void {
  tf.registerKernel({
    kernelName: 'Conv2DBackpropFilter',
    backendName: 'wasm',
    kernelFunc: ({ inputs }) => {
      const { x, dy } = inputs as unknown as { x: tf.Tensor4D; dy: tf.Tensor4D }
      return tf.tidy(() => {
        const images = tf.transpose(x, [3, 1, 2, 0])
        const filter = tf.transpose(dy, [1, 2, 0, 3])
        return tf.transpose(tf.conv2d(images, filter, 1, 'valid'), [1, 2, 0, 3])
      })
    },
  })
}

/** With tf.layers, their own gradients and tf.train.adam, as the guide "Training models" writes it. */
export function openShipped(folder: string, name: CaseName, batch: number): Trainer {
  const { inputs, labels, weights } = readMaterial(folder, name, batch)
  const { input, classes, layers }: Network = networks[name]
  const model = modelOf(networks[name])
  const given = layers.flatMap((layer, i) => weightsOf(layer, layers[i - 1], weights.slice(2 * i, 2 * i + 2)))
  model.setWeights(given)
  tf.dispose(given)
  const { learningRate, beta1, beta2, epsilon } = adam
  const optimizer = tf.train.adam(learningRate, beta1, beta2, epsilon)
  model.compile({ optimizer, loss: 'categoricalCrossentropy' })
  return {
    async step() {
      const x = tf.tensor(inputs, [batch, ...channelsLast(input)])
      // The wasm kernel fills a float32 one-hot with zeros: make it of integers and cast.
      const y = tf.tidy(() => tf.cast(tf.oneHot(tf.tensor1d(labels, 'int32'), classes), 'float32'))
      const loss = await model.trainOnBatch(x, y)
      tf.dispose([x, y])
      return Number(loss)
    },
    close() {
      model.dispose()
      optimizer.dispose()
    },
  }
}

function modelOf({ input, layers }: Network): tf.Sequential {
  const model = tf.sequential()
  model.add(tf.layers.inputLayer({ inputShape: channelsLast(input) }))
  for (const [i, layer] of layers.entries()) {
    if (layer.kind === 'conv') {
      model.add(tf.layers.conv2d({ filters: layer.out, kernelSize: kernel, activation: 'relu' }))
      if (layer.pool) model.add(tf.layers.maxPooling2d({ poolSize: 2 }))
    } else {
      if (layers[i - 1]?.kind === 'conv') model.add(tf.layers.flatten())
      model.add(tf.layers.dense({ units: layer.out, activation: layer.relu ? 'relu' : 'softmax' }))
    }
  }
  return model
}

function channelsLast([channels = 0, ...sides]: readonly number[]): number[] {
  return [...sides, channels]
}
