import assert from 'node:assert/strict'
import test from 'node:test'
import { type ReadableTensor, readTensor } from './read-tensor.ts'

test('a tensor of many pieces is read whole, each number at its place', async () => {
  const count = 1_000_000
  const offset = 100
  const tensor: ReadableTensor = {
    ...{ name: 'a', dtype: 'F32', shape: [10, count / 10], place: { path: '/a', offset, bytes: 4 * count } },
    file: {
      ...{ path: '/a', name: 'a', bytes: offset + 4 * count },
      async read(position, into) {
        const first = (position - offset) / 4
        into.set(new Uint8Array(Float32Array.from({ length: into.length / 4 }, (_, i) => first + i).buffer))
      },
      close: async () => {},
    },
  }
  const numbers = await readTensor(tensor)
  assert.equal(numbers.length, count)
  assert.ok(numbers.every((number, index) => number === index))
})
