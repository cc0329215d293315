import assert from 'node:assert/strict'
import test from 'node:test'
import { pairedInterval, wilsonInterval } from './paired-difference.ts'

const z95 = 1.959963984540054
const z97 = 2.241402727604945

function close(
  actual: { low: number; high: number },
  [low, high]: readonly [number, number],
  what = '',
): void {
  assert.ok(
    Math.abs(actual.low - low) < 1e-9 && Math.abs(actual.high - high) < 1e-9,
    `${what}: ${JSON.stringify(actual)}`,
  )
}

test("Wilson's intervals are the ones of scipy 1.17 (binomtest.proportion_ci)", () => {
  const figures: [hits: number, count: number, low: number, high: number][] = [
    [81, 100, 0.7222115462093562, 0.8748524849023126],
    [0, 20, 0, 0.16112515805281935],
    [20, 20, 0.8388748419471808, 1],
    [1, 3, 0.06149194472039626, 0.7923403991979523],
  ]
  for (const [hits, count, low, high] of figures) {
    close(wilsonInterval({ hits, count }, z95), [low, high], `${hits} of ${count}`)
  }
})

test('paired intervals are the ones of a numeric search for the constrained likelihood (scipy 1.17)', () => {
  const figures: [
    onlyFirst: number,
    onlySecond: number,
    count: number,
    z: number,
    low: number,
    high: number,
  ][] = [
    [30, 12, 200, z95, 0.027641709436084808, 0.15508205324273558],
    [30, 12, 200, z97, 0.01831698454582304, 0.16503279512361343],
    [5, 0, 100, z95, 0.011156826882665045, 0.11175046923192228],
    [5, 0, 100, z97, -0.00022743575944510092, 0.12382866417833001],
    [100, 0, 1000, z95, 0.08290944359309489, 0.12015196319534918],
    [3, 40, 150, z97, -0.33830228727652834, -0.16265115087083906],
    [0, 0, 100, z95, -0.036993498206985685, 0.036993498206985685],
  ]
  for (const [onlyFirst, onlySecond, count, z, low, high] of figures) {
    close(pairedInterval({ onlyFirst, onlySecond, count }, z), [low, high], `${onlyFirst}, ${onlySecond}`)
  }
})

test('0 is left out exactly when McNemar’s test rejects, and the models may change places', () => {
  const count = 60
  for (let onlyFirst = 0; onlyFirst <= 30; onlyFirst++) {
    for (let onlySecond = 0; onlySecond <= 30; onlySecond++) {
      const { low, high } = pairedInterval({ onlyFirst, onlySecond, count }, z95)
      const isRejected = Math.abs(onlyFirst - onlySecond) > z95 * Math.sqrt(onlyFirst + onlySecond)
      assert.equal(low > 0 || high < 0, isRejected, `${onlyFirst}, ${onlySecond}`)
      const swapped = pairedInterval({ onlyFirst: onlySecond, onlySecond: onlyFirst, count }, z95)
      close(swapped, [-high, -low], `${onlyFirst}, ${onlySecond}`)
    }
  }
})

test('at the ends of the scale', () => {
  assert.equal(pairedInterval({ onlyFirst: 10, onlySecond: 0, count: 10 }, z95).high, 1)
  assert.equal(pairedInterval({ onlyFirst: 0, onlySecond: 10, count: 10 }, z95).low, -1)
  const one = pairedInterval({ onlyFirst: 1, onlySecond: 0, count: 1 }, z95)
  assert.ok(one.low < 0 && one.high === 1)
})
