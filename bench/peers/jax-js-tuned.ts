import { numpy as np, type numpy } from '@jax-js/jax'
import { size } from '../engine/material.ts'
import type { Layer } from '../engine/networks.ts'
import { compileStep, correctionAt } from './jax-js-step.ts'
import type { Writing } from './jax-js-trainer.ts'

/** With a backward pass written by hand, in layouts whose kernels become SIMD (jax-js-step.ts). */
export const tuned: Writing = {
  compile: compileStep,
  timeAt: correctionAt,
  shapeOf: ([channels = 0, ...sides], batch) => [batch, ...sides, channels],
  parametersOf,
}

/**
 * From [out, in, rows, columns] to [rows·columns·in, out]; a dense layer keeps [out, in], its inputs reordered to
 * channels last.
 */
function parametersOf(
  layer: Layer,
  before: Layer | undefined,
  [weight, bias]: Float32Array<ArrayBuffer>[],
): numpy.Array[] {
  if (!weight || !bias) throw new Error('a layer has no weights')
  let w = weight
  if (layer.kind === 'conv') w = permute(weight, [layer.out, layer.in, 9], [2, 1, 0])
  else if (before?.kind === 'conv')
    w = permute(weight, [layer.out, before.out, layer.in / before.out], [0, 2, 1])
  const shape = layer.kind === 'conv' ? [9 * layer.in, layer.out] : [layer.out, layer.in]
  return [np.array(w).reshape(shape), np.array(bias)]
}

function permute(
  from: Float32Array<ArrayBuffer>,
  shape: [number, number, number],
  order: [number, number, number],
): Float32Array<ArrayBuffer> {
  const strides = [shape[1] * shape[2], shape[2], 1]
  const [d0, d1, d2] = order.map(axis => shape[axis] ?? 0) as [number, number, number]
  const [s0, s1, s2] = order.map(axis => strides[axis] ?? 0) as [number, number, number]
  const to = new Float32Array(size(shape))
  let n = 0
  for (let i = 0; i < d0; i++)
    for (let j = 0; j < d1; j++) for (let k = 0; k < d2; k++) to[n++] = from[i * s0 + j * s1 + k * s2] ?? 0
  return to
}
