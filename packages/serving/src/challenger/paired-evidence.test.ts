import assert from 'node:assert/strict'
import test from 'node:test'
import { createRandom } from '@consort/protocol'
import { evidenceEnough, evidenceOfWorse } from './paired-evidence.ts'

/** 2 ∫ (2p)^w (2(1 − p))^b dp over [1/2, 1] by Simpson's rule. */
function integral(worse: number, better: number): number {
  const steps = 20_000
  const value = (p: number) => 2 * (2 * p) ** worse * (2 * (1 - p)) ** better
  let sum = 0
  for (let step = 0; step <= steps; step++) {
    const weight = step === 0 || step === steps ? 1 : step % 2 === 1 ? 4 : 2
    sum += weight * value(0.5 + (0.5 * step) / steps)
  }
  return (sum * 0.5) / steps / 3
}

test('the closed form is the integral', () => {
  for (const [worse, better] of [
    [0, 0],
    [1, 0],
    [0, 1],
    [9, 0],
    [5, 7],
    [30, 12],
    [100, 80],
  ] as const) {
    const [found, expected] = [evidenceOfWorse({ worse, better }), integral(worse, better)]
    assert.ok(Math.abs(found - expected) <= 1e-6 * expected, `${worse}, ${better}: ${found} ≠ ${expected}`)
  }
  assert.equal(evidenceOfWorse({ worse: 0, better: 0 }), 1)
  assert.ok(Number.isFinite(evidenceOfWorse({ worse: 400, better: 400 })))
})

/** The share of trials in which a challenger that is wrong in `p` of the discordant cases is ever withdrawn. */
function withdrawnShare(p: number, evidence = evidenceOfWorse): number {
  const random = createRandom(7)
  const [trials, looks] = [2000, 300]
  let withdrawn = 0
  for (let trial = 0; trial < trials; trial++) {
    let [better, worse] = [0, 0]
    for (let look = 0; look < looks; look++) {
      if (random.uniform() < p) worse += 1
      else better += 1
      if (evidence({ better, worse }) < evidenceEnough) continue
      withdrawn += 1
      break
    }
  }
  return withdrawn / trials
}

test('at every look together, an equal challenger is withdrawn in at most one trial of a hundred, a worse one surely', () => {
  assert.ok(withdrawnShare(0.5) <= 0.01 + 3 * Math.sqrt((0.01 * 0.99) / 2000), `${withdrawnShare(0.5)}`)
  assert.ok(withdrawnShare(0.4) <= 0.002)
  assert.ok(withdrawnShare(0.75) > 0.99)
  // A test of one look, made again and again, would withdraw equals: the same simulation notices it.
  const likelihoodRatio = ({ better, worse }: { better: number; worse: number }) => {
    const [n, p] = [better + worse, Math.max(0.5, worse / Math.max(1, better + worse))]
    return (2 * p) ** worse * (2 * (1 - p)) ** better * (n > 0 ? 1 : 0)
  }
  assert.ok(withdrawnShare(0.5, likelihoodRatio) > 0.02, `${withdrawnShare(0.5, likelihoodRatio)}`)
})
