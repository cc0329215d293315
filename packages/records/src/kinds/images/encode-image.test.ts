import assert from 'node:assert/strict'
import test from 'node:test'
import { encodeImage } from './encode-image.ts'
import { readImage } from './read-image.ts'

test('pixels come back from the file byte for byte, grey and in colour', async () => {
  for (const channels of [1, 3] as const) {
    const size = { height: 5, width: 7, channels }
    const pixels = Uint8Array.from({ length: 35 * channels }, (_, index) => (index * 37) % 256)
    const file = await encodeImage(pixels, size)
    assert.deepEqual([...file.subarray(1, 4)], [...Buffer.from('PNG')])
    assert.deepEqual([...(await readImage(file, size))], [...pixels])
  }
})
