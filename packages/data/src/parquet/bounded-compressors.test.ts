import assert from 'node:assert/strict'
import test from 'node:test'
import { boundedCompressors } from './bounded-compressors.ts'

const mib = 2 ** 20

/** A frame whose blocks each repeat one octet: four octets for two million. */
function bombOf(blocks: number, { window = 0x60 } = {}): Uint8Array {
  const frame = [0x28, 0xb5, 0x2f, 0xfd, 0, window]
  for (let block = 1; block <= blocks; block++) {
    const header = ((2 * mib - 1) << 3) | (1 << 1) | (block === blocks ? 1 : 0)
    frame.push(header & 0xff, (header >> 8) & 0xff, (header >> 16) & 0xff, 65)
  }
  return Uint8Array.from(frame)
}

test('a page that decodes to more than it may take is refused before it is decoded', () => {
  const { ZSTD } = boundedCompressors(64 * mib)
  assert.equal(ZSTD!(bombOf(1), 2 * mib - 1).length, 2 * mib - 1)
  assert.throws(() => ZSTD!(bombOf(33), 10), RangeError)
  assert.throws(() => ZSTD!(bombOf(1, { window: 0xf8 }), 10), RangeError, 'a window of terabytes')
  assert.throws(() => ZSTD!(bombOf(1, { window: 0x88 }), 2 * mib - 1), RangeError, 'a window of 128 MB')
  // Sixteen thousand such blocks in 64 KB: 32 GB.
  assert.throws(() => ZSTD!(bombOf(16_000), 10), RangeError)
})

test('a page that says that it takes too much is refused, whatever its codec', () => {
  for (const [codec, decompress] of Object.entries(boundedCompressors(mib)))
    assert.throws(() => decompress(Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8), mib + 1), RangeError, codec)
})

test('frames that are broken off are refused', () => {
  const { ZSTD } = boundedCompressors(64 * mib)
  const whole = bombOf(2)
  for (let end = 1; end < whole.length - 1; end++)
    assert.throws(() => ZSTD!(whole.subarray(0, end), 4 * mib), RangeError, String(end))
})
