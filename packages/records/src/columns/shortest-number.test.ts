import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createRandom } from '@consort/basics'
import { ColumnBuilder } from './column-builder.ts'
import { columnOf } from './column-of.ts'
import { shortestNumber } from './shortest-number.ts'

const encoder = new TextEncoder()
const seed = 20_261_130
const { bits, integer } = createRandom(seed)

function digits(count: number): string {
  return Array.from({ length: count }, () => integer(10)).join('')
}

/** Any float64 between 10⁻⁷ and 10¹⁷ or so. */
function anyNumber(): number {
  const view = new DataView(new ArrayBuffer(8))
  view.setUint32(0, ((1000 + integer(80)) << 20) | (bits() & 0xfffff))
  view.setUint32(4, bits())
  return view.getFloat64(0)
}

/** Texts as programs write them, and such that are as near to the middle of two float64s as digits allow. */
const kinds: Record<string, () => string> = {
  shortest: () => String(anyNumber()),
  'a share of 1': () => String(bits() / 2 ** 32 + bits() / 2 ** 53),
  'fixed decimals': () => (anyNumber() % 1000).toFixed(14 + integer(8)),
  precise: () => anyNumber().toPrecision(16 + integer(3)),
  'any digits': () => `${1 + integer(9)}${digits(integer(4))}.${digits(12 + integer(8))}`,
  'zeros in front': () => `0.${'0'.repeat(integer(6))}${digits(12 + integer(7))}`,
  whole: () => `${1 + integer(9)}${digits(14 + integer(4))}`,
  'near the middle': () => {
    const value = 0.5 + (anyNumber() % 0.5)
    const middle = BigInt(Math.round(value * 2 ** 53)) * 2n + 1n
    const written = (middle * 10n ** 17n) / 2n ** 54n + BigInt(integer(3) - 1)
    return `0.${written.toString().padStart(17, '0')}`
  },
  'powers of two': () => String(2 ** (integer(70) - 18) * (1 + (integer(3) - 1) * 2 ** -52)),
}

/** At a place of its own among other bytes, as in a file. */
function parse(text: string): number {
  const bytes = encoder.encode(`,${text},`)
  const at = text.indexOf('.')
  return shortestNumber(bytes, 1, 1 + text.length, at < 0 ? 0 : text.length - at - 1)
}

test('what is told fast is what Number says, and what String writes again', () => {
  for (const [kind, make] of Object.entries(kinds)) {
    for (let round = 0; round < 40_000; round++) {
      const text = make()
      if (!/^\d+(\.\d+)?$/.test(text)) continue
      const value = parse(text)
      if (Number.isNaN(value)) continue
      const where = `${kind}: ${text} (seed ${seed}, ${round})`
      assert.ok(Object.is(value, Number(text)), `${where} became ${value}`)
      assert.equal(String(value), text, where)
    }
  }
})

test('nearly all numbers that programs write in full are told fast', () => {
  let told = 0
  for (let round = 0; round < 10_000; round++) if (!Number.isNaN(parse(kinds['a share of 1']!()))) told++
  assert.ok(told > 9_900, `${told} of 10,000`)
})

test('what is not written so is left: zeros at the end, too many digits, exponents, ties', () => {
  for (const text of [
    ...['0.10000000000000000', '0.12345678901234567890', '0.0000001234567890123', '1.0000000000000000'],
    ...['9007199254740993', '0.30000000000000001', '4503599627370496.5', '0.1234567890123456789012345'],
  ])
    assert.ok(Number.isNaN(parse(text)), text)
})

test('a column of such cells is the one that its texts make, signs and all', () => {
  for (const make of Object.values(kinds)) {
    const cells = Array.from({ length: 60 }, make).flatMap(text => [text, `-${text}`])
    const builder = new ColumnBuilder(0)
    for (const cell of cells) builder.add(encoder.encode(cell), 0, cell.length, cells.length)
    const { forms, ...column } = { forms: 0, ...builder.build() }
    const { forms: expected, ...other } = { forms: 0, ...columnOf(cells) }
    assert.deepEqual(column, other)
    const all = typeof forms === 'number' ? new Uint8Array(cells.length).fill(forms) : forms
    if (column.kind === 'numbers') assert.deepEqual(all, expected)
  }
})
