import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import test from 'node:test'
import { type Conversion, epsilonOf } from './epsilon.ts'
import { addLosses, type LossCurve, noLoss, parseLossCurve, rdpOrders, repeatLoss } from './loss-curve.ts'
import { gaussianLoss, pureLoss } from './mechanisms.ts'
import { multiplierFor } from './noise-for-target.ts'
import { checkDeltaFor, defaultDelta } from './parameters.ts'
import { subsampledGaussianLoss } from './subsampled-gaussian.ts'

interface Reference {
  delta: number
  orders: number[]
  steps: {
    probability: number
    multiplier: number
    steps: number
    quadrature: number[]
    dpAccounting: number[]
    opacus: number[]
    dpAccountingEpsilon: number
    opacusEpsilon: number
  }[]
}

const reference: Reference = JSON.parse(
  readFileSync(new URL('./fixtures/reference.json', import.meta.url), 'utf8'),
)

/** The curve at the orders of the reference. */
const at = (loss: LossCurve): number[] => reference.orders.map(order => loss[rdpOrders.indexOf(order)]!)

const isInvalid = { code: 'privacy-parameters-invalid' }
const mnist = 256 / 60_000

/** Published for DP-SGD on MNIST with TensorFlow Privacy's tutorial, by the classic conversion. */
for (const [multiplier, epochs, published, improved] of [
  [1.3, 15, '1.19', 0.9546],
  [1.1, 60, '3.01', 2.5967],
  [0.7, 45, '7.10', 6.318],
] as const) {
  test(`σ ${multiplier} for ${epochs} epochs of MNIST costs ε = ${published}, ${improved} by the better conversion`, () => {
    const steps = Math.ceil((epochs * 60_000) / 256)
    const loss = repeatLoss(subsampledGaussianLoss({ multiplier, probability: mnist }), steps)
    assert.equal(epsilonOf(loss, { delta: 1e-5, conversion: 'classic' }).epsilon.toFixed(2), published)
    const { epsilon } = epsilonOf(loss, { delta: 1e-5 })
    assert.ok(Math.abs(epsilon - improved) < 0.001, `${epsilon}`)
    const less = repeatLoss(
      subsampledGaussianLoss({ multiplier: multiplier * 0.99, probability: mnist }),
      steps,
    )
    assert.notEqual(epsilonOf(less, { delta: 1e-5, conversion: 'classic' }).epsilon.toFixed(2), published)
  })
}

for (const { probability, multiplier, steps, ...expected } of reference.steps) {
  test(`q ${probability.toPrecision(3)}, σ ${multiplier}: the curve of the other libraries and of quadrature`, () => {
    const loss = subsampledGaussianLoss({ multiplier, probability })
    for (const [index, order] of reference.orders.entries()) {
      const found = at(loss)[index]!
      const isNear = (value: number, relative: number): boolean =>
        Math.abs(found - value) <= relative * value + 3e-15 / (order - 1)
      if (order <= 33)
        assert.ok(
          isNear(expected.quadrature[index]!, 1e-10),
          `order ${order}: ${found}, quadrature ${expected.quadrature[index]}`,
        )
      // Opacus stops its series early; dp-accounting does so too and fails outright at small fractional orders.
      if (probability > 1e-5 || Number.isInteger(order))
        assert.ok(
          isNear(expected.opacus[index]!, 1e-7),
          `order ${order}: ${found}, Opacus ${expected.opacus[index]}`,
        )
      if (Number.isInteger(order))
        assert.ok(
          isNear(expected.dpAccounting[index]!, 1e-7),
          `order ${order}: ${found}, dp-accounting ${expected.dpAccounting[index]}`,
        )
    }
    // Finer orders find an ε that is at most a little smaller.
    const { epsilon } = epsilonOf(repeatLoss(loss, steps), { delta: reference.delta })
    for (const other of [expected.dpAccountingEpsilon, expected.opacusEpsilon]) {
      assert.ok(epsilon < other * (1 + 1e-6) && epsilon > other * 0.996, `${epsilon}, there ${other}`)
    }
  })
}

test('between whole orders a curve rises, and (α − 1)·ρ(α) is convex across the two ways of computing it', () => {
  for (const multiplier of [0.15, 0.5, 1.3, 8, 60]) {
    for (const probability of [1e-4, 0.01, 0.4, 0.99]) {
      const loss = subsampledGaussianLoss({ multiplier, probability })
      const moments = loss.map((divergence, index) => (rdpOrders[index]! - 1) * divergence)
      for (let index = 1; index + 1 < loss.length && rdpOrders[index + 1]! <= 12; index++) {
        const where = `σ ${multiplier}, q ${probability}, order ${rdpOrders[index]}`
        assert.ok(loss[index]! >= loss[index - 1]! * (1 - 1e-9) - 1e-12, `${where} falls`)
        const chord = (moments[index - 1]! + moments[index + 1]!) / 2
        const isEven = Math.abs(2 * rdpOrders[index]! - rdpOrders[index - 1]! - rdpOrders[index + 1]!) < 1e-9
        if (isEven) assert.ok(moments[index]! <= chord * (1 + 1e-9) + 1e-12, `${where} is not convex`)
      }
      assert.ok(
        loss.every((divergence, index) => divergence <= gaussianLoss(multiplier)[index]! * (1 + 1e-12)),
      )
    }
  }
})

test('pure ε-privacy loses what randomised response loses: at most ε, and hardly more than αε²/2 for small ε', () => {
  for (const epsilon of [1e-3, 0.1, 1, 5, 200]) {
    const p = 1 / (1 + Math.exp(-epsilon))
    for (const [index, order] of rdpOrders.entries()) {
      const found = pureLoss(epsilon)[index]!
      assert.ok(found <= epsilon && found <= (order * epsilon ** 2) / 2 + 1e-12)
      const moment = p ** order * (1 - p) ** (1 - order) + (1 - p) ** order * p ** (1 - order)
      if (!(moment > 0 && moment < Infinity)) continue // the plain form overflows
      const plain = Math.log(moment) / (order - 1)
      assert.ok(
        Math.abs(found - plain) < 1e-9 * found + 1e-12,
        `ε ${epsilon}, order ${order}: ${found}, ${plain}`,
      )
    }
  }
})

test('a Gaussian release has the ε that it has, up to what Rényi accounting wastes', () => {
  // By the exact δ = Φ(1/2 − ε) − e^ε Φ(−1/2 − ε) for σ = 1 (Balle, Wang 2018, theorem 8), δ is 1e-5 at ε = 4.377.
  const { epsilon } = epsilonOf(gaussianLoss(1), { delta: 1e-5 })
  assert.ok(epsilon > 4.377 && epsilon < 4.377 * 1.1, `${epsilon}`)
})

test('the improved conversion is never worse, and no loss is no ε', () => {
  const epsilons = (loss: LossCurve, delta: number) =>
    (['classic', 'improved'] as const satisfies Conversion[]).map(
      conversion => epsilonOf(loss, { delta, conversion }).epsilon,
    ) as [number, number]
  for (const multiplier of [0.3, 1, 10]) {
    for (const delta of [0.1, 1e-5, 1e-12]) {
      const [classic, improved] = epsilons(gaussianLoss(multiplier), delta)
      assert.ok(improved < classic)
    }
  }
  assert.ok(epsilonOf(noLoss, { delta: 1e-5 }).epsilon < 0.01)
})

test('the noise for a target keeps it, and a thousandth less would not', () => {
  for (const of of [
    { epsilon: 3, delta: 1e-5, probability: mnist, steps: 14_063 },
    { epsilon: 0.2, delta: 1e-6, probability: 0.5, steps: 10 },
    { epsilon: 50, delta: 1e-5, probability: 0.001, steps: 100, conversion: 'classic' as const },
  ]) {
    const multiplier = multiplierFor(of)
    const epsilonAt = (noise: number) =>
      epsilonOf(
        repeatLoss(subsampledGaussianLoss({ multiplier: noise, probability: of.probability }), of.steps),
        of,
      ).epsilon
    assert.ok(epsilonAt(multiplier) <= of.epsilon)
    assert.ok(epsilonAt(multiplier * 0.999) > of.epsilon)
  }
  const impossible = { epsilon: 1e-6, delta: 1e-9, probability: 0.5, steps: 1000 }
  assert.throws(() => multiplierFor(impossible), isInvalid)
})

test('losses add up', () => {
  const loss = subsampledGaussianLoss({ multiplier: 1, probability: 0.1 })
  const three = addLosses(loss, loss, loss)
  for (const [index, divergence] of repeatLoss(loss, 3).entries()) {
    assert.ok(Math.abs(divergence - three[index]!) <= 1e-15 * divergence)
  }
  assert.deepEqual(parseLossCurve(JSON.parse(JSON.stringify(three))), three)
})

test('what makes no sense is refused', () => {
  const notANumber = Number.NaN
  for (const wrong of [0, -1, notANumber, Number.POSITIVE_INFINITY]) {
    assert.throws(() => gaussianLoss(wrong), isInvalid)
    assert.throws(() => pureLoss(wrong), isInvalid)
    assert.throws(() => subsampledGaussianLoss({ multiplier: wrong, probability: 0.1 }), isInvalid)
    assert.throws(
      () => multiplierFor({ epsilon: wrong, delta: 1e-5, probability: 0.1, steps: 10 }),
      isInvalid,
    )
  }
  for (const wrong of [-0.1, 1.1, notANumber]) {
    assert.throws(() => subsampledGaussianLoss({ multiplier: 1, probability: wrong }), isInvalid)
  }
  for (const wrong of [0, 1, -1, notANumber])
    assert.throws(() => epsilonOf(noLoss, { delta: wrong }), isInvalid)
  for (const wrong of [-1, 1.5, notANumber]) assert.throws(() => repeatLoss(noLoss, wrong), isInvalid)
  for (const wrong of [null, [], [...noLoss, 0], noLoss.with(3, -1), noLoss.with(3, notANumber)]) {
    assert.throws(() => parseLossCurve(wrong), isInvalid)
  }
})

test('δ is at most a tenth of one over the number of records', () => {
  assert.equal(defaultDelta({ records: 500 }), 1e-5)
  assert.equal(defaultDelta({ records: 60_000 }), 1 / 600_000)
  for (const records of [500, 60_000, 1e9]) checkDeltaFor(defaultDelta({ records }), { records })
  assert.throws(() => checkDeltaFor(1e-5, { records: 60_000 }), isInvalid)
})
