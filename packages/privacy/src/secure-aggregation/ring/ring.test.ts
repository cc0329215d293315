import assert from 'node:assert/strict'
import test from 'node:test'
import { isRefusal, type RefusalCode } from '@consort/protocol'
import { entropyOf } from '../../testing/cohort.ts'
import { blockValues, openKeystream, openMasks } from './keystream.ts'
import { maskValues } from './mask-values.ts'
import { addPacked, packInto } from './pack.ts'
import { dequantiser, quantise } from './quantise.ts'
import { inputMax, packedBytes, ringBits } from './ring.ts'

const key = (text: string): Uint8Array => entropyOf(text).bytes(32)
const words = (seed: string, count: number): Uint32Array =>
  new Uint32Array(entropyOf(seed).bytes(count * 4).buffer)

test('a ring for n inputs of 16 bits: wide enough, and not a bit wider', () => {
  assert.deepEqual([4, 5, 8, 9, 10, 100].map(ringBits), [18, 19, 19, 20, 20, 23])
  for (let members = 4; members <= 100; members++) {
    assert.ok(members * inputMax < 2 ** ringBits(members))
    assert.ok(members * (inputMax + 1) > 2 ** (ringBits(members) - 1))
  }
})

test('packed elements come back from pieces cut anywhere, in any order', () => {
  for (let bits = 17; bits <= 25; bits++) {
    const mask = 2 ** bits - 1
    const elements = words(`pack ${bits}`, 300)
    const bytes = new Uint8Array(packedBytes(300, bits))
    const packer = packInto(bytes, bits)
    packer.add(elements.subarray(0, 7))
    packer.add(elements.subarray(7))
    packer.finish()
    const expected = [...elements].map(value => (2 * (value & mask)) & mask)
    for (let cut = 0; cut <= bytes.length; cut += 13) {
      const sum = new Uint32Array(300)
      addPacked(sum, { bytes: bytes.subarray(cut), offset: cut, bits })
      addPacked(sum, { bytes, offset: 0, bits })
      addPacked(sum, { bytes: bytes.subarray(0, cut), offset: 0, bits })
      assert.deepEqual(
        [...sum].map(value => value & mask),
        expected,
        `${bits} bits, cut at ${cut}`,
      )
    }
    const singly = new Uint32Array(300)
    for (const [offset] of bytes.entries())
      addPacked(singly, { bytes: bytes.subarray(offset, offset + 1), offset, bits })
    assert.deepEqual(
      [...singly].map(value => value & mask),
      [...elements].map(value => value & mask),
    )
  }
})

test('a packed vector is read as its definition says: element i in bits i · b …, lowest first', () => {
  const bytes = new Uint8Array(packedBytes(5, 18))
  const packer = packInto(bytes, 18)
  packer.add(Uint32Array.of(0x2abcd, 1, 2 ** 18 + 2, 0, 0x3ffff))
  packer.finish()
  const whole = [...bytes].reduceRight((number, byte) => (number << 8n) | BigInt(byte), 0n)
  const elements = [0, 1, 2, 3, 4].map(index => Number((whole >> BigInt(18 * index)) & 0x3ffffn))
  assert.deepEqual(elements, [0x2abcd, 1, 2, 0, 0x3ffff])
})

test('masks of a pair cancel over blocks and their odd end; a keystream is the same in any calls', () => {
  const count = 2 * blockValues + 5
  const sum = words('block', count)
  const before = sum.slice()
  for (const sign of [1, -1] as const) {
    const masks = openMasks([{ key: key('pair'), sign }])
    for (let start = 0; start < count; start += blockValues)
      masks.addTo(sum.subarray(start, start + blockValues))
    if (sign === 1) assert.notDeepEqual(sum.at(-1), before.at(-1))
  }
  assert.deepEqual(sum, before)
  assert.deepEqual(openKeystream(key('pair'))(5), openKeystream(key('pair'))(blockValues).slice(0, 5))
})

test('rounding is unbiased and never leaves the 16 bits; rounding to the nearest is biased', () => {
  const [clip, scale, count] = [0.5, 0.7, 4096]
  const meanOf = (value: number, random: Uint32Array): number => {
    const into = new Uint32Array(count)
    quantise(new Float32Array(count).fill(value), { clip, scale, beyond: 'clip' }, { into, random })
    const { factor, offset } = dequantiser({ members: count, clip, weightCap: 1, weightTotal: count })
    return into.reduce((sum, it) => sum + it, 0) * factor + offset
  }
  const step = (2 * clip) / inputMax
  // Five standard deviations of a mean of numbers that take two neighbouring values.
  const tolerance = (5 * step) / 2 / Math.sqrt(count)
  const nearest = new Uint32Array(count).fill(2 ** 31)
  let worst = 0
  for (const value of [0, 0.1, -0.1, 0.33333, -0.25, 0.000002, 0.5, -0.5]) {
    const real = Math.fround(value) * scale
    assert.ok(Math.abs(meanOf(value, words(`round ${value}`, count)) - real) <= tolerance, String(value))
    worst = Math.max(worst, Math.abs(meanOf(value, nearest) - real))
  }
  assert.ok(worst > tolerance, 'what a biased rounding looks like')
  const extremes = new Uint32Array(4)
  const most = new Uint32Array(4).fill(2 ** 32 - 1)
  for (const [odd, one] of [
    [0.1, 1],
    [1e-30, 1],
    [1e30, 1],
    [0.3, 1],
    [7, 0.99999],
  ] as const) {
    const bound = Math.fround(odd)
    quantise(
      Float32Array.of(bound, -bound, bound, -bound),
      { clip: bound, scale: one, beyond: 'refuse' },
      { into: extremes, random: most },
    )
    assert.ok(
      extremes.every(value => value <= inputMax),
      `${odd}: ${extremes}`,
    )
  }
})

test('NaN and infinities are refused, values beyond the clip are counted or refused', () => {
  const masked = (values: number[], beyond: 'clip' | 'refuse') =>
    maskValues(Float32Array.from(values), {
      masks: [{ key: key('m'), sign: 1 }],
      rounding: key('r'),
      bits: 18,
      rules: { clip: 0.5, scale: 1, beyond },
    })
  for (const wrong of [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY])
    assert.throws(() => masked([0, wrong], 'clip'), isCode('update-not-finite'))
  assert.equal(masked([0.5, 0.6, -0.7, -0.5], 'clip').clipped, 2)
  assert.throws(() => masked([0.6], 'refuse'), isCode('value-invalid'))
  assert.deepEqual(masked([0.6, 0.1], 'clip').bytes, masked([0.5, 0.1], 'refuse').bytes)
})

function isCode(code: RefusalCode): (error: unknown) => boolean {
  return error => isRefusal(error, code)
}
