import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import test from 'node:test'
import { z } from 'zod'
import { fixture } from '../testing/tiny-bases.ts'
import { bytesOfNumbers, codings } from './codings.ts'

const reference = z
  .record(
    z.enum(['F32', 'F16', 'BF16', 'Q8_0', 'Q4_0', 'Q4_1']),
    z.object({ bytes: z.string(), numbers: z.string() }),
  )
  .parse(JSON.parse(readFileSync(fixture('codings.json'), 'utf8')))

for (const dtype of ['F32', 'F16', 'BF16', 'Q8_0', 'Q4_0', 'Q4_1'] as const)
  test(`${dtype} is read bit for bit as gguf-py reads it`, () => {
    const bytes = Buffer.from(reference[dtype].bytes, 'base64')
    const expected = Buffer.from(reference[dtype].numbers, 'base64')
    const numbers = new Float32Array(expected.length / 4)
    assert.equal(bytesOfNumbers(dtype, numbers.length), bytes.length)
    codings[dtype].decode(bytes, numbers)
    assert.deepEqual(Buffer.from(numbers.buffer), expected)
  })

test('infinities and what is no number stay so', () => {
  const numbers = new Float32Array(4)
  codings.F16.decode(Uint8Array.of(0, 0x7c, 0, 0xfc, 1, 0x7c, 1, 0), numbers)
  assert.deepEqual([...numbers], [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, Number.NaN, 2 ** -24])
  codings.BF16.decode(Uint8Array.of(0x80, 0x7f, 0x80, 0xff, 0xc0, 0x7f, 0x80, 0xbf), numbers)
  assert.deepEqual([...numbers], [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, Number.NaN, -1])
})

test('numbers that are no whole number of blocks have no bytes', () => {
  assert.equal(bytesOfNumbers('Q4_1', 33), undefined)
  assert.equal(bytesOfNumbers('Q8_0', 64), 68)
})
