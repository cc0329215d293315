import assert from 'node:assert/strict'
import test from 'node:test'
import { isRefusal } from '@consort/protocol'
import { epsilonOf } from './epsilon.ts'
import { type LossCurve, noLoss, rdpOrders, repeatLoss } from './loss-curve.ts'
import {
  type LossLedger,
  lossOf,
  openLedger,
  parseLedger,
  remainingBudget,
  reserveLoss,
  settleLoss,
} from './loss-ledger.ts'
import { gaussianLoss, pureLoss } from './mechanisms.ts'
import { subsampledGaussianLoss } from './subsampled-gaussian.ts'

const delta = 1e-5
const step = subsampledGaussianLoss({ multiplier: 1.1, probability: 256 / 60_000 })
const training = repeatLoss(step, 14_063)
const planned = epsilonOf(training, { delta })

/** How many releases of `loss` fit into a ledger. */
function releasesIn(ledger: LossLedger, loss: LossCurve): number {
  let open = ledger
  for (let count = 0; ; count++) {
    try {
      open = reserveLoss(open, { release: `${count}`, loss })
    } catch (error) {
      assert.ok(isRefusal(error, 'privacy-budget-exceeded'))
      return count
    }
  }
}

test('a budget at the order of the plan holds the plan and nothing more', () => {
  const ledger = openLedger({ epsilon: planned.epsilon, delta, orders: [planned.order] })
  const after = reserveLoss(ledger, { release: 'run-1', loss: training })
  assert.throws(() => reserveLoss(after, { release: 'run-2', loss: repeatLoss(step, 2) }), {
    code: 'privacy-budget-exceeded',
    message: /there is ε = 0 left/,
  })
  const tight = openLedger({ epsilon: planned.epsilon * 0.9999, delta, orders: [planned.order] })
  assert.throws(() => reserveLoss(tight, { release: 'run-1', loss: training }), {
    code: 'privacy-budget-exceeded',
  })
})

test('without a plan, three orders hold DP-SGD of any noise in 8 % more', () => {
  for (const [multiplier, steps] of [
    [1.3, 3516],
    [1.1, 14_063],
    [0.7, 10_547],
    [4, 100_000],
  ] as const) {
    const loss = repeatLoss(subsampledGaussianLoss({ multiplier, probability: 256 / 60_000 }), steps)
    const { epsilon } = epsilonOf(loss, { delta })
    const ledger = openLedger({ epsilon: epsilon * 1.08, delta })
    assert.equal(ledger.budget.orders.length, 3)
    reserveLoss(ledger, { release: 'run-1', loss })
  }
})

test('several orders share δ, so that the best of them may be known afterwards only', () => {
  const one = openLedger({ epsilon: 2, delta, orders: [8] })
  const shared = openLedger({ epsilon: 2, delta, orders: [8, 1024] })
  const half = openLedger({ epsilon: 2, delta: delta / 2, orders: [8] })
  const loss = gaussianLoss(60)
  assert.equal(releasesIn(shared, loss), releasesIn(half, loss))
  assert.ok(releasesIn(one, loss) > releasesIn(half, loss))
})

test('what fits never exceeds the budget, whatever the releases', () => {
  const kinds = [step, gaussianLoss(20), pureLoss(0.05), repeatLoss(step, 500)]
  for (const [first, loss] of kinds.entries()) {
    let ledger = openLedger({ epsilon: 1.5, delta })
    let count = 0
    for (let turn = 0; turn < 400; turn++) {
      const next = turn % 3 === 0 ? loss : kinds[(first + turn) % kinds.length]!
      try {
        ledger = reserveLoss(ledger, { release: `${turn}`, loss: next })
        count++
      } catch {
        break
      }
      if (turn % 2 === 0) ledger = settleLoss(ledger, { release: `${turn}` })
    }
    assert.ok(count > 1 && count < 400, `${count} releases`)
    assert.ok(epsilonOf(lossOf(ledger), { delta }).epsilon <= 1.5)
  }
})

test('what is left falls to nothing, and is what one Gaussian release may still lose', () => {
  let ledger = openLedger({ epsilon: 2, delta })
  const whole = remainingBudget(ledger)
  assert.ok(whole.share === 1 && whole.epsilon > 1.8 && whole.epsilon <= 2, `${whole.epsilon}`)
  let before = whole
  for (let turn = 0; turn < 5; turn++) {
    ledger = reserveLoss(ledger, { release: `${turn}`, loss: gaussianLoss(6) })
    const left = remainingBudget(ledger)
    assert.ok(left.epsilon < before.epsilon && left.share < before.share)
    before = left
  }
  // The multiplier whose ε is what is left fits; one with a hundredth more ε does not.
  const multiplierOf = (epsilon: number): number => {
    let [low, high] = [0.1, 1000]
    for (let turn = 0; turn < 60; turn++) {
      const middle = Math.sqrt(low * high)
      if (epsilonOf(gaussianLoss(middle), { delta }).epsilon <= epsilon) high = middle
      else low = middle
    }
    return high
  }
  reserveLoss(ledger, { release: 'last', loss: gaussianLoss(multiplierOf(before.epsilon)) })
  assert.throws(() =>
    reserveLoss(ledger, { release: 'last', loss: gaussianLoss(multiplierOf(before.epsilon * 1.01)) }),
  )
  const full = reserveLoss(openLedger({ epsilon: 2, delta, orders: [8] }), {
    release: 'all',
    loss: noLoss.map((_, index) =>
      rdpOrders[index] === 8 ? 2 - Math.log1p(-1 / 8) + (Math.log(delta) + Math.log(8)) / 7 : 1,
    ),
  })
  assert.ok(remainingBudget(full).epsilon < 1e-3)
})

test('a reservation counts until it is settled; what was not done is given back', () => {
  const ledger = openLedger({ epsilon: 3, delta })
  const held = reserveLoss(ledger, { release: 'run-1', loss: training })
  assert.deepEqual(lossOf(held), training)
  const cut = repeatLoss(step, 4000)
  const settled = settleLoss(held, { release: 'run-1', loss: cut })
  assert.deepEqual(settled.reserved, {})
  assert.deepEqual(lossOf(settled), cut)
  assert.deepEqual(lossOf(settleLoss(held, { release: 'run-1' })), training)
  assert.deepEqual(lossOf(ledger), noLoss, 'ledgers are values')
  assert.throws(() => settleLoss(held, { release: 'run-1', loss: repeatLoss(step, 15_000) }), {
    code: 'state-conflict',
  })
  assert.throws(() => settleLoss(settled, { release: 'run-1' }), { code: 'not-found' })
  assert.throws(() => settleLoss(held, { release: 'constructor' }), { code: 'not-found' })
})

test('asking twice for the same release takes once', () => {
  const held = reserveLoss(openLedger({ epsilon: 3, delta }), { release: 'run-1', loss: training })
  assert.equal(reserveLoss(held, { release: 'run-1', loss: [...training] }), held)
  assert.throws(() => reserveLoss(held, { release: 'run-1', loss: cutCurve() }), { code: 'state-conflict' })
})

const cutCurve = (): LossCurve => repeatLoss(step, 3)

test('a ledger survives being written down, and an altered one is refused', () => {
  const held = reserveLoss(openLedger({ epsilon: 3, delta }), { release: 'run-1', loss: training })
  const written = JSON.stringify(held)
  assert.deepEqual(parseLedger(JSON.parse(written)), held)
  for (const altered of [
    null,
    {},
    { ...held, settled: [] },
    { ...held, reserved: { 'run-1': [1, 2] } },
    { ...held, reserved: null },
    { ...held, budget: { ...held.budget, epsilon: 0 } },
    { ...held, budget: { ...held.budget, orders: [7.77] } },
  ]) {
    assert.throws(() => parseLedger(altered), { code: 'privacy-parameters-invalid' })
  }
})

test('budgets that mean nothing are refused', () => {
  for (const wrong of [
    { epsilon: 0, delta },
    { epsilon: Number.NaN, delta },
    { epsilon: 1, delta: 0 },
    { epsilon: 1, delta: 1 },
    { epsilon: 1, delta, orders: [] },
    { epsilon: 1, delta, orders: [1] },
    { epsilon: 0.01, delta, orders: [2] },
  ]) {
    assert.throws(() => openLedger(wrong), { code: 'privacy-parameters-invalid' })
  }
})

test('a loss that is no number is not reserved', () => {
  const ledger = openLedger({ epsilon: 3, delta })
  for (const wrong of [noLoss.with(5, Number.NaN), noLoss.with(5, -1), []]) {
    assert.throws(() => reserveLoss(ledger, { release: 'x', loss: wrong }), {
      code: 'privacy-parameters-invalid',
    })
  }
})
