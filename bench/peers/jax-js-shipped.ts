import { jit, lax, nn, numpy as np, valueAndGrad } from '@jax-js/jax'
import { adam, kernel, type Layer } from '../engine/networks.ts'
import type { State, Step, Writing } from './jax-js-trainer.ts'

type Tensor = np.Array

/**
 * As its own MNIST example is written: channels first, lax.conv, the maximum by lax.reduceWindow, dense weights
 * [in, out], the negative sum of logSoftmax · oneHot, valueAndGrad; and Adam by the formulas of @jax-js/optax. All in
 * one jit, which is up to 1.6 times as fast as the example's jit of the forward pass alone.
 */
export const shipped: Writing = {
  compile,
  timeAt: t => np.array(t),
  shapeOf: (input, batch) => [batch, ...input],
  parametersOf(layer, _before, [weight, bias]) {
    if (!weight || !bias) throw new Error('a layer has no weights')
    const [w, b] = [np.array(weight), np.array(bias)]
    if (layer.kind === 'dense') return [w.reshape([layer.out, layer.in]).transpose(), b]
    return [w.reshape([layer.out, layer.in, kernel, kernel]), b.reshape([layer.out, 1, 1])]
  },
}

function compile(layers: readonly Layer[], classes: number): Step {
  const lossOf = (params: Tensor[], x: Tensor, labels: Tensor): Tensor => {
    const batch = x.shape[0] ?? 0
    const logits = predict(layers, params, x)
    return nn
      .logSoftmax(logits)
      .mul(nn.oneHot(labels, classes))
      .sum()
      .mul(-1 / batch)
  }
  return jit((state: State, x: Tensor, labels: Tensor, time: Tensor) => {
    const params = state.params.map(p => p.ref)
    const [loss, grads] = valueAndGrad(lossOf)(params, x, labels)
    return { ...update(state, grads, time), loss }
  })
}

function predict(layers: readonly Layer[], params: readonly Tensor[], x: Tensor): Tensor {
  const batch = x.shape[0] ?? 0
  let y = x
  for (const [i, layer] of layers.entries()) {
    const [weight, bias] = [params[2 * i], params[2 * i + 1]]
    if (!weight || !bias) throw new Error(`layer ${i} has no parameters`)
    if (layer.kind === 'conv') {
      y = nn.relu(lax.conv(y, weight, [1, 1], 'VALID').add(bias))
      if (layer.pool) y = lax.reduceWindow(y, np.max, [2, 2], [2, 2])
    } else {
      y = np.dot(y.reshape([batch, layer.in]), weight).add(bias)
      if (layer.relu) y = nn.relu(y)
    }
  }
  return y
}

function update({ params, m, v }: State, grads: readonly Tensor[], time: Tensor): State {
  const { learningRate, beta1, beta2, epsilon } = adam
  const corrections = [np.subtract(1, np.power(beta1, time.ref)), np.subtract(1, np.power(beta2, time))]
  const [correction1, correction2] = corrections as [Tensor, Tensor]
  const next: State = { params: [], m: [], v: [] }
  for (const [i, grad] of grads.entries()) {
    const [p, m0, v0] = [params[i], m[i], v[i]]
    if (!p || !m0 || !v0) throw new Error(`parameter ${i} has no state`)
    const m1 = m0.mul(beta1).add(grad.ref.mul(1 - beta1))
    const v1 = v0.mul(beta2).add(np.square(grad).mul(1 - beta2))
    const scaled = np.sqrt(v1.ref.div(correction2.ref)).add(epsilon)
    next.params.push(p.add(m1.ref.div(correction1.ref).div(scaled).mul(-learningRate)))
    next.m.push(m1)
    next.v.push(v1)
  }
  correction1.dispose()
  correction2.dispose()
  return next
}
