import { jit, lax, nn, numpy as np } from '@jax-js/jax'
import { adam, type ConvLayer, type Layer } from '../engine/networks.ts'
import type { State, Step } from './jax-js-trainer.ts'

type Tensor = np.Array

/** What the backward pass needs of a layer's forward pass. */
type Kept = { layer: Layer; input: Tensor; output: Tensor; pool?: { before: Tensor; after: Tensor } }

/*
 * The whole step is one jit. The gradients are written out instead of taken with grad(), because jax-js 0.1.25 has no
 * custom_vjp and its own gradients of windows are slow on wasm (one thread, case c, batch 32): lax.conv 100 ms against
 * 3 ms for patches and a product, its input gradient 490 ms against 3.6 ms, max over windows 2.6 ms against 1 ms.
 * Layouts are those whose kernels become SIMD: channels last, dense weights [out, in]. Reference counts: what is used
 * again later is passed as `.ref`.
 */
export function compileStep(layers: readonly Layer[], classes: number): Step {
  return jit((state: State, x: Tensor, labels: Tensor, correction: Tensor) => {
    const { logits, kept } = forward(layers, state.params, x)
    const { loss, dlogits } = crossEntropy(logits, nn.oneHot(labels, classes))
    const grads = backward(kept, state.params, dlogits)
    return { ...update(state, grads, correction), loss }
  })
}

/** The two numbers of step t (from 1) that correct Adam's bias: lr/(1-β₁ᵗ) and 1/√(1-β₂ᵗ). */
export function correctionAt(t: number): Tensor {
  const { learningRate, beta1, beta2 } = adam
  return np.array(new Float32Array([learningRate / (1 - beta1 ** t), 1 / Math.sqrt(1 - beta2 ** t)]))
}

function forward(
  layers: readonly Layer[],
  params: readonly Tensor[],
  x: Tensor,
): { logits: Tensor; kept: Kept[] } {
  const kept: Kept[] = []
  let y = x
  for (const [i, layer] of layers.entries()) {
    const [weight, bias] = parametersOf(params, i)
    if (layer.kind === 'dense') {
      const input = y.reshape([x.shape[0] ?? 0, layer.in])
      const product = np.dot(input.ref, weight.ref.transpose())
      y = layer.relu ? rectify(product, bias.ref) : product.add(bias.ref)
      kept.push({ layer, input, output: y.ref })
    } else {
      const [batch = 0, height = 0, width = 0] = y.shape
      const [h, w] = [height - 2, width - 2]
      const input = patchesOf(y, layer)
      const output = rectify(np.dot(input.ref, weight.ref), bias.ref)
      y = output.ref.reshape([batch, h, w, layer.out])
      if (layer.pool) {
        const before = windowsOf(y)
        y = before.ref.max([2, 4])
        kept.push({ layer, input, output, pool: { before, after: y.ref } })
      } else kept.push({ layer, input, output })
    }
  }
  return { logits: y, kept }
}

/** Gradients in the order of the parameters. Consumes what was kept. */
function backward(kept: readonly Kept[], params: readonly Tensor[], dlogits: Tensor): Tensor[] {
  const grads: Tensor[] = []
  let dy = dlogits
  for (let i = kept.length - 1; i >= 0; i--) {
    const { layer, input, output, pool } = kept[i] as Kept
    const [weight] = parametersOf(params, i)
    if (pool) dy = poolGradient(dy, pool.before, pool.after, output.shape)
    const shape = output.shape
    const rectified = layer.kind === 'conv' || layer.relu
    const dz = rectified ? np.where(output.greater(0), dy.reshape(shape), 0) : dy
    if (!rectified) output.dispose()
    const db = dz.ref.sum(0)
    if (layer.kind === 'dense') {
      const dw = np.dot(dz.ref.transpose(), input)
      grads.unshift(dw, db)
      if (i > 0) dy = np.dot(dz, weight.ref)
      else dz.dispose()
    } else {
      const dw = np.dot(input.transpose(), dz.ref)
      grads.unshift(dw, db)
      if (i > 0) dy = scatterPatches(np.dot(dz, weight.ref.transpose()), layer, kept[i - 1] as Kept)
      else dz.dispose()
    }
  }
  return grads
}

function update({ params, m, v }: State, grads: readonly Tensor[], correction: Tensor): State {
  const { beta1, beta2, epsilon } = adam
  const next: State = { params: [], m: [], v: [] }
  for (const [i, grad] of grads.entries()) {
    const [p, m0, v0] = [params[i], m[i], v[i]]
    if (!p || !m0 || !v0) throw new Error(`parameter ${i} has no state`)
    const m1 = m0.mul(beta1).add(grad.ref.mul(1 - beta1))
    const v1 = v0.mul(beta2).add(np.square(grad).mul(1 - beta2))
    const [rate, scale] = [correction.ref.slice(0), correction.ref.slice(1)]
    next.params.push(p.sub(m1.ref.div(np.sqrt(v1.ref).mul(scale).add(epsilon)).mul(rate)))
    next.m.push(m1)
    next.v.push(v1)
  }
  correction.dispose()
  return next
}

/**
 * ReLU of x + b. Using x twice keeps this out of the product's kernel, whose epilogue is not SIMD (2.9 ms against 1.1).
 */
function rectify(x: Tensor, bias: Tensor): Tensor {
  return np.where(x.ref.add(bias.ref).greater(0), x.add(bias), 0)
}

/** Mean softmax cross-entropy and its gradient. */
function crossEntropy(logits: Tensor, oneHot: Tensor): { loss: Tensor; dlogits: Tensor } {
  const batch = logits.shape[0] ?? 0
  const logp = nn.logSoftmax(logits)
  const loss = logp.ref.mul(oneHot.ref).sum().div(-batch)
  return { loss, dlogits: np.exp(logp).sub(oneHot).div(batch) }
}

/** [batch, height, width, channels] to one row of 3·3·channels for each place of the kernel. */
function patchesOf(x: Tensor, layer: ConvLayer): Tensor {
  return lax.reduceWindow(x, window => window, [3, 3, layer.in], [1, 1, 1]).reshape([-1, 9 * layer.in])
}

/** The transpose of patchesOf: adds the nine numbers that came from each pixel. */
function scatterPatches(patches: Tensor, layer: ConvLayer, before: Kept): Tensor {
  const [batch = 0, height = 0, width = 0] = before.pool ? before.pool.after.shape : before.output.shape
  const grid = patches.reshape([batch, height - 2, width - 2, 3, 3, layer.in])
  let sum: Tensor | undefined
  for (let i = 0; i < 3; i++) {
    for (let j = 0; j < 3; j++) {
      const part = np.pad(grid.ref.slice([], [], [], i, j, []), [
        [0, 0],
        [i, 2 - i],
        [j, 2 - j],
        [0, 0],
      ])
      sum = sum ? sum.add(part) : part
    }
  }
  grid.dispose()
  return sum as Tensor
}

/** Windows of 2×2 as [batch, h, 2, w, 2, channels]; an odd last row or column belongs to none. */
function windowsOf(x: Tensor): Tensor {
  const [batch = 0, height = 0, width = 0, channels = 0] = x.shape
  const [h, w] = [height >> 1, width >> 1]
  return x.slice([], [0, 2 * h], [0, 2 * w], []).reshape([batch, h, 2, w, 2, channels])
}

/** The gradient goes in equal parts to those that reach the maximum, as grad() of max does it. */
function poolGradient(dy: Tensor, before: Tensor, after: Tensor, shape: readonly number[]): Tensor {
  const [batch = 0, h = 0, , w = 0, , channels = 0] = before.shape
  const spread = (t: Tensor) => t.reshape([batch, h, 1, w, 1, channels])
  const reached = before.equal(spread(after))
  // Divided before it is spread, as the sum's epilogue, so that dy is not computed again for each pixel of a window.
  const share = np
    .reciprocal(reached.ref.astype(np.float32).sum([2, 4]))
    .mul(dy.reshape([batch, h, w, channels]))
  const dx = np.where(reached, spread(share), 0).reshape([batch, 2 * h, 2 * w, channels])
  const side = Math.sqrt((shape[0] ?? 0) / batch)
  if (side === 2 * h) return dx
  return np.pad(dx, [
    [0, 0],
    [0, side - 2 * h],
    [0, side - 2 * w],
    [0, 0],
  ])
}

function parametersOf(params: readonly Tensor[], layer: number): [weight: Tensor, bias: Tensor] {
  const [weight, bias] = [params[2 * layer], params[2 * layer + 1]]
  if (!weight || !bias) throw new Error(`layer ${layer} has no parameters`)
  return [weight, bias]
}
