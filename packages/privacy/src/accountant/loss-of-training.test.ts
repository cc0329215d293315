import assert from 'node:assert/strict'
import test from 'node:test'
import { type LossCurve, rdpOrders, repeatLoss } from './loss-curve.ts'
import { lossOfTraining } from './loss-of-training.ts'
import { gaussianLoss } from './mechanisms.ts'
import { sampledGroupLoss } from './sampled-group-loss.ts'
import { subsampledGaussianLoss } from './subsampled-gaussian.ts'

const plan = { steps: 30, sampleRate: 0.05, noiseMultiplier: 2 }
const at = (loss: LossCurve, order: number): number => loss[rdpOrders.indexOf(order)]!

function isClose(actual: number, expected: number, what: string): void {
  assert.ok(Math.abs(actual - expected) <= 1e-8 * expected + 1e-13, `${what}: ${actual}, not ${expected}`)
}

test('for one record it is the curve of DP-SGD, also by way of groups of one', () => {
  for (const multiplier of [0.6, 2]) {
    const step = subsampledGaussianLoss({ multiplier, probability: 0.05 })
    assert.deepEqual(lossOfTraining({ ...plan, noiseMultiplier: multiplier }, 1), repeatLoss(step, 30))
    const group = sampledGroupLoss({ multiplier, probability: 0.05, records: 1 })
    for (const order of rdpOrders)
      isClose(at(group, order), at(step, order), `σ ${multiplier}, order ${order}`)
  }
})

/** For a whole order: E[Π Lᵢ] over all ways in which the order's factors draw, each from 0 … k records; exact sums. */
function expandedLoss(order: number, k: number, { q, sigma }: { q: number; sigma: number }): number {
  const weights = Array.from({ length: k + 1 }, (_, j) => choose(k, j) * q ** j * (1 - q) ** (k - j))
  let sum = 0
  const extend = (factors: number, weight: number, shifts: number, squares: number): void => {
    if (factors === order) {
      sum += weight * Math.exp((shifts ** 2 - squares) / (2 * sigma ** 2))
      return
    }
    for (const [j, chance] of weights.entries())
      extend(factors + 1, weight * chance, shifts + j, squares + j ** 2)
  }
  extend(0, 1, 0, 0)
  return Math.log(sum) / (order - 1)
}

function choose(n: number, j: number): number {
  return j === 0 ? 1 : (choose(n - 1, j - 1) * n) / j
}

test('for several records of one person it is the expanded moment at whole orders, and more than for strangers', () => {
  for (const [k, sigma, q] of [
    [2, 2, 0.05],
    [3, 1, 0.01],
    [5, 0.7, 0.2],
    [4, 3, 0.5],
  ] as const) {
    const loss = sampledGroupLoss({ multiplier: sigma, probability: q, records: k })
    for (const order of [2, 3, 5]) {
      isClose(at(loss, order), expandedLoss(order, k, { q, sigma }), `k ${k}, order ${order}`)
      // That a person's records were records of different people would be too little.
      const single = subsampledGaussianLoss({ multiplier: sigma, probability: q })
      assert.ok(at(single, order) < at(loss, order))
    }
    for (const order of rdpOrders.slice(1)) {
      const [before] = rdpOrders.slice(rdpOrders.indexOf(order) - 1)
      assert.ok(at(loss, order) >= at(loss, before!) * (1 - 1e-9), 'grows with the order')
      assert.ok(at(loss, order) <= at(gaussianLoss(sigma / k), order) * (1 + 1e-9), 'sampling only helps')
    }
  }
})

test('where there are too many records for the noise, sampling is left out of account', () => {
  assert.deepEqual(lossOfTraining(plan, 200), repeatLoss(gaussianLoss(0.01), 30))
  assert.deepEqual(lossOfTraining({ ...plan, sampleRate: 1 }, 3), repeatLoss(gaussianLoss(2 / 3), 30))
})
