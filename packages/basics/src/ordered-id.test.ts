import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import test from 'node:test'
import { idSchema } from './id.ts'
import { createOrderedIds } from './ordered-id.ts'

const entropy = { bytes: (count: number) => randomBytes(count) }

test('identifiers grow with the time, within a millisecond and when the clock goes back', () => {
  let now = 1_760_000_000_000
  const next = createOrderedIds('case', { entropy, nowMs: () => now })
  const ids = Array.from({ length: 3000 }, (_, index) => {
    if (index % 10 === 0) now += index === 1000 ? -60_000 : 1
    return next()
  })
  assert.deepEqual(ids, [...ids].sort())
  assert.equal(new Set(ids).size, ids.length)
  for (const id of ids) assert.ok(idSchema('case').safeParse(id).success, id)
})

test('two that make them at the same time differ by chance', () => {
  const setup = { entropy, nowMs: () => 1_760_000_000_000 }
  const firsts = Array.from({ length: 200 }, () => createOrderedIds('case', setup)())
  assert.equal(new Set(firsts).size, firsts.length)
  assert.equal(new Set(firsts.map(id => id.slice(0, 13))).size, 1)
})

test('chance that is at its end carries into the time, and stays an identifier', () => {
  const next = createOrderedIds('case', {
    entropy: { bytes: count => new Uint8Array(count).fill(255) },
    nowMs: () => 1,
  })
  const [first, second] = [next(), next()]
  assert.equal(first, 'cas_000000001zzzzzzz')
  assert.equal(second, 'cas_0000000020000000')
})

test('identifiers that are made after a restart come after those from before, whatever the clock says', () => {
  const before = createOrderedIds('case', { entropy, nowMs: () => 1_760_000_000_000 })
  const earlier = [before(), before()]
  const after = createOrderedIds('case', { entropy, nowMs: () => 1_750_000_000_000, after: earlier[1]! })
  const later = [after(), after()]
  assert.deepEqual([...earlier, ...later], [...later, ...earlier].sort())
  assert.equal(new Set([...earlier, ...later]).size, 4)
})
