import assert from 'node:assert/strict'
import test from 'node:test'
import { createRandom } from '@consort/protocol'
import { type NearRow, nearestRows } from './nearest-rows.ts'

const embeddings = Float32Array.of(0, 0, 3, 4, 1, 0, -1, 0)

test('the nearest come first, of equals the earlier one, and no more than there are', () => {
  const query = Float32Array.of(0, 0)
  assert.deepEqual(nearestRows(embeddings, query, { count: 3 }), [
    { row: 0, distance: 0 },
    { row: 2, distance: 1 },
    { row: 3, distance: 1 },
  ])
  assert.deepEqual(nearestRows(embeddings, query, { count: 9 }).at(-1), { row: 1, distance: 5 })
  assert.deepEqual(nearestRows(new Float32Array(0), query, { count: 3 }), [])
})

/** All distances, sorted. */
function sorted(all: Float32Array, query: Float32Array, count: number): NearRow[] {
  const width = query.length
  return Array.from({ length: all.length / width }, (_, row) => ({
    row,
    distance: Math.hypot(...query.map((value, at) => all[row * width + at]! - value)),
  }))
    .sort((a, b) => a.distance - b.distance || a.row - b.row)
    .slice(0, count)
}

for (const seed of [1, 2, 3])
  test(`it finds what sorting all of them finds; one that is left out is missed (seed ${seed})`, () => {
    const random = createRandom(seed)
    const draw = (length: number) => Float32Array.from({ length }, () => random.uniform())
    const [all, query] = [draw(5 * 200), draw(5)]
    const found = nearestRows(all, query, { count: 3 })
    const rows = (near: NearRow[]) => near.map(({ row }) => row)
    const expected = sorted(all, query, 3)
    assert.deepEqual(rows(found), rows(expected))
    for (const [index, { distance }] of found.entries())
      assert.ok(Math.abs(distance - expected[index]!.distance) < 1e-6)
    const planted = all.slice()
    planted.fill(9, 5 * expected[1]!.row, 5 * (expected[1]!.row + 1))
    assert.notDeepEqual(rows(nearestRows(planted, query, { count: 3 })), rows(expected))
  })
