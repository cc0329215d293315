import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createSeededRandom } from '@consort/basics'
import { dirichletSplit } from './dirichlet-split.ts'

const labels = Int32Array.from({ length: 2000 }, (_, index) => (index * 7919) % 10)

test('every example is in exactly one part, ascending, for any alpha and seed', () => {
  for (const alpha of [1e-3, 0.1, 1, 100, 1e6]) {
    for (let seed = 0; seed < 5; seed++) {
      const parts = dirichletSplit(labels, { parts: 7, alpha, seed })
      assert.equal(parts.length, 7)
      for (const part of parts) assert.deepEqual(part, part.toSorted())
      assert.deepEqual(
        parts.flatMap(part => [...part]).sort((a, b) => a - b),
        Array.from(labels.keys()),
      )
    }
  }
})

test('equal seeds give equal parts, other seeds other parts; names and numbers are alike', () => {
  const options = { parts: 4, alpha: 0.5, seed: 3 }
  assert.deepEqual(dirichletSplit(labels, options), dirichletSplit(labels, options))
  assert.deepEqual(dirichletSplit(Array.from(labels, String), options), dirichletSplit(labels, options))
  assert.notDeepEqual(dirichletSplit(labels, { ...options, seed: 4 }), dirichletSplit(labels, options))
})

test('which examples of a class a part receives is drawn too', () => {
  const [first] = dirichletSplit(new Int32Array(1000), { parts: 2, alpha: 1e6, seed: 2 })
  const early = first!.filter(index => index < 500).length
  assert.ok(early > 200 && early < 300, `${early} of ${first!.length} are from the first half`)
})

/** Shares of each part in each of 500 classes of 1000 examples. */
function sharesOf(parts: number, alpha: number): number[] {
  const many = Int32Array.from({ length: 500_000 }, (_, index) => index % 500)
  return dirichletSplit(many, { parts, alpha, seed: 11 }).flatMap(part => {
    const counts = new Float64Array(500)
    for (const index of part) counts[index % 500]!++
    return Array.from(counts, count => count / 1000)
  })
}

for (const [parts, alpha] of [
  [4, 1e-4],
  [4, 0.1],
  [4, 0.5],
  [3, 1],
  [10, 5],
] as const) {
  test(`shares have the mean and variance of Dirichlet(${alpha}) over ${parts} parts`, () => {
    const shares = sharesOf(parts, alpha)
    const mean = 1 / parts
    const variance = (mean * (1 - mean)) / (parts * alpha + 1)
    const seen = shares.reduce((sum, share) => sum + (share - mean) ** 2, 0) / shares.length
    assert.ok(Math.abs(seen / variance - 1) < 0.1, `variance ${seen}, expected ${variance}`)
    const first = shares.slice(0, 500).reduce((sum, share) => sum + share, 0) / 500
    assert.ok(Math.abs(first - mean) < 4 * Math.sqrt(variance / 500), `mean ${first}, expected ${mean}`)
  })
}

test('no split for no parts or no alpha', () => {
  for (const wrong of [{ parts: 0 }, { parts: 1.5 }, { alpha: 0 }, { alpha: Number.NaN }]) {
    assert.throws(() => dirichletSplit(labels, { parts: 2, alpha: 1, seed: 1, ...wrong }), RangeError)
  }
})

test('a shuffle is fair', () => {
  const random = createSeededRandom(5)
  const counts = new Map<string, number>()
  for (let time = 0; time < 6000; time++) {
    const items = [1, 2, 3]
    random.shuffle(items)
    counts.set(items.join(''), (counts.get(items.join('')) ?? 0) + 1)
  }
  assert.equal(counts.size, 6)
  for (const count of counts.values()) assert.ok(Math.abs(count - 1000) < 4 * Math.sqrt(1000 * (5 / 6)))
})
