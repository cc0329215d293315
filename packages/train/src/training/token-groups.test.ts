import assert from 'node:assert/strict'
import test from 'node:test'
import { paddedLength, rowsMaxOf, tokenGroups } from './token-groups.ts'

test('padded lengths hold their tokens, are few, and end at the longest', () => {
  assert.deepEqual(
    [1, 8, 9, 17, 24, 25, 33, 48, 49, 64, 65, 97, 129, 200, 300].map(count => paddedLength(count, 256)),
    [8, 8, 16, 24, 24, 32, 48, 48, 64, 64, 96, 128, 192, 256, 256],
  )
  for (let count = 1; count <= 512; count++) {
    const length = paddedLength(count, 512)
    assert.ok(length >= count && (length - count < 8 || length * 2 <= count * 3), `${count} in ${length}`)
  }
})

test('a batch is cut into groups of like length, each example once, none too large', () => {
  const lengths = Array.from({ length: 200 }, (_, index) => 1 + ((index * 37) % 150))
  const indices = Int32Array.from(lengths.keys()).reverse()
  const groups = tokenGroups(indices, index => lengths[index]!, 128)
  const seen = groups.flatMap(group => [...group.indices])
  assert.deepEqual(
    seen.sort((a, b) => a - b),
    [...lengths.keys()],
  )
  for (const { length, indices: own } of groups) {
    assert.ok(own.length <= rowsMaxOf(length))
    assert.ok(own.every(index => Math.min(128, lengths[index]!) <= length))
  }
  assert.ok(new Set(groups.map(({ length }) => length)).size > 3)
})

test('a few short examples go with the longer ones, and a longest one goes alone', () => {
  const lengths = [5, 60, 61, 62, 63, 2000]
  const groups = tokenGroups(Int32Array.of(0, 1, 2, 3, 4, 5), index => lengths[index]!, 4096)
  assert.deepEqual(
    groups.map(({ length, indices }) => [length, [...indices]]),
    [
      [64, [0, 1, 2, 3, 4]],
      [2048, [5]],
    ],
  )
})

test('a set of several hundred thousand texts is cut as a batch is', () => {
  const indices = Int32Array.from({ length: 400_000 }, (_, index) => index)
  const groups = tokenGroups(indices, () => 1024, 1024)
  assert.equal(groups.length, 400_000)
  assert.ok(groups.every(({ indices: own }, index) => own.length === 1 && own[0] === index))
  assert.equal(tokenGroups(indices, () => 8, 1024).length, 400_000 / 128)
})
