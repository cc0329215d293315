import { readFileSync } from 'node:fs'
import { blockUntilReady, defaultDevice, init, numpy as np, type numpy, tree } from '@jax-js/jax'
import { type Material, readMaterial } from '../engine/material.ts'
import { type CaseName, type Layer, type Network, networks } from '../engine/networks.ts'
import type { Way } from '../engine/protocol.ts'
import type { Server, Trainer } from '../engine/serve.ts'
import { shipped } from './jax-js-shipped.ts'
import { tuned } from './jax-js-tuned.ts'

/** What changes from step to step: parameters (weight, bias, weight …) and Adam's two moments of each. */
export type State = { params: numpy.Array[]; m: numpy.Array[]; v: numpy.Array[] }

/** One step: the next state, and the loss that the batch had before it. */
export type Step = (
  state: State,
  x: numpy.Array,
  labels: numpy.Array,
  time: numpy.Array,
) => State & { loss: numpy.Array }

/** One way to write the training step. */
export type Writing = {
  compile(layers: readonly Layer[], classes: number): Step
  /** What step t (from 1) must know of the time. */
  timeAt(t: number): numpy.Array
  /** Of a batch whose examples are [channels, rows, columns] or [features]. */
  shapeOf(input: readonly number[], batch: number): number[]
  /** From [out, in, rows, columns] or [out, in], and [out]; `before` is the layer below. */
  parametersOf(layer: Layer, before: Layer | undefined, weights: Float32Array<ArrayBuffer>[]): numpy.Array[]
}

/**
 * Its wasm backend uses one thread for each core where there is a global Worker, and one thread in Node, which has
 * none.
 */
export async function startJaxJs(folder: string, way: Way): Promise<Server> {
  if ('Worker' in globalThis) throw new Error('jax-js would use more than one thread here')
  await init('wasm')
  defaultDevice('wasm')
  const writing = way === 'tuned' ? tuned : shipped
  const steps = new Map<CaseName, Step>()
  const open = (name: CaseName, batch: number): Trainer => {
    const step = steps.get(name) ?? writing.compile(networks[name].layers, networks[name].classes)
    steps.set(name, step)
    return openTrainer(writing, step, readMaterial(folder, name, batch), networks[name])
  }
  return { name: 'jax-js (wasm)', version: version(), open }
}

function openTrainer(
  { parametersOf, shapeOf, timeAt }: Writing,
  step: Step,
  { inputs, labels, weights }: Material,
  { input, layers }: Network,
): Trainer {
  const shape = shapeOf(input, labels.length)
  const params = layers.flatMap((layer, i) =>
    parametersOf(layer, layers[i - 1], weights.slice(2 * i, 2 * i + 2)),
  )
  let state: State = {
    params,
    m: params.map(p => np.zeros(p.shape)),
    v: params.map(p => np.zeros(p.shape)),
  }
  let t = 0
  return {
    async step() {
      const x = np.array(inputs).reshape(shape)
      const y = np.array(labels)
      const { loss, ...next } = step(state, x, y, timeAt(++t))
      await blockUntilReady([next, loss.ref])
      state = next
      return (await loss.data())[0] ?? Number.NaN
    },
    close() {
      tree.dispose(state)
    },
  }
}

function version(): string {
  const file = new URL('../package.json', import.meta.resolve('@jax-js/jax'))
  return (JSON.parse(readFileSync(file, 'utf8')) as { version: string }).version
}
