import assert from 'node:assert/strict'
import test from 'node:test'
import { canonicalJson } from './canonical-json.ts'

function doubleOf(hex: string): number {
  return Buffer.from(hex, 'hex').readDoubleBE()
}

test('the example of RFC 8785, section 3.2.2, comes out as printed there', () => {
  const value: unknown = JSON.parse(`{
    "numbers": [333333333.33333329, 1E30, 4.50, 2e-3, 0.000000000000000000000000001],
    "string": "\\u20ac$\\u000F\\u000aA'\\u0042\\u0022\\u005c\\\\\\"\\/",
    "literals": [null, true, false]
  }`)
  assert.equal(
    canonicalJson(value),
    '{"literals":[null,true,false],"numbers":[333333333.3333333,1e+30,4.5,0.002,1e-27],' +
      '"string":"€$\\u000f\\nA\'B\\"\\\\\\\\\\"/"}',
  )
})

test('keys are sorted by UTF-16 code units, not by code points (RFC 8785, section 3.2.3)', () => {
  const value = {
    '\u20ac': 'Euro Sign',
    '\r': 'Carriage Return',
    '\ufb33': 'Hebrew Letter Dalet With Dagesh',
    '1': 'One',
    '\ud83d\ude00': 'Emoji: Grinning Face',
    '\u0080': 'Control',
    '\u00f6': 'Latin Small Letter O With Diaeresis',
  }
  const order = Object.keys(JSON.parse(canonicalJson(value)) as object)
  assert.deepEqual(order, ['1', '\r', '\u0080', 'ö', '€', '\ud83d\ude00', '\ufb33']) // '1' first: an engine's rule
  assert.ok(canonicalJson(value).startsWith('{"\\r":"Carriage Return","1":"One","\u0080":"Control","ö":'))
})

const numbers: Record<string, string> = {
  '0000000000000000': '0',
  '8000000000000000': '0',
  '0000000000000001': '5e-324',
  '8000000000000001': '-5e-324',
  '7fefffffffffffff': '1.7976931348623157e+308',
  ffefffffffffffff: '-1.7976931348623157e+308',
  '4340000000000000': '9007199254740992',
  c340000000000000: '-9007199254740992',
  '4430000000000000': '295147905179352830000',
  '44b52d02c7e14af5': '9.999999999999997e+22',
  '44b52d02c7e14af6': '1e+23',
  '44b52d02c7e14af7': '1.0000000000000001e+23',
  '444b1ae4d6e2ef4e': '999999999999999700000',
  '444b1ae4d6e2ef4f': '999999999999999900000',
  '444b1ae4d6e2ef50': '1e+21',
  '3eb0c6f7a0b5ed8c': '9.999999999999997e-7',
  '3eb0c6f7a0b5ed8d': '0.000001',
  '41b3de4355555553': '333333333.3333332',
  '41b3de4355555554': '333333333.33333325',
  '41b3de4355555555': '333333333.3333333',
  '41b3de4355555556': '333333333.3333334',
  '41b3de4355555557': '333333333.33333343',
  becbf647612f3696: '-0.0000033333333333333333',
  '43143ff3c1cb0959': '1424953923781206.2',
}
test('numbers come out as in RFC 8785, appendix B', () => {
  for (const [hex, text] of Object.entries(numbers)) assert.equal(canonicalJson(doubleOf(hex)), text, hex)
})

test('what JSON cannot say is refused, wherever it stands', () => {
  const refused: unknown[] = [
    doubleOf('7fffffffffffffff'),
    doubleOf('7ff0000000000000'),
    doubleOf('fff0000000000000'),
    undefined,
    () => 1,
    Symbol('s'),
    1n,
  ]
  for (const value of refused) {
    assert.throws(() => canonicalJson(value), TypeError, String(value))
    assert.throws(() => canonicalJson([value]), TypeError, `in an array: ${String(value)}`)
    if (value === undefined) continue // a member that is undefined is absent
    assert.throws(() => canonicalJson({ a: { b: value } }), TypeError, `in an object: ${String(value)}`)
  }
})

test('a member that is undefined is the same as an absent one', () => {
  assert.equal(canonicalJson({ b: undefined, a: 1 }), '{"a":1}')
  assert.equal(canonicalJson({ b: undefined }), canonicalJson({}))
})

test('the order in which an object was built leaves no trace', () => {
  assert.equal(
    canonicalJson({ b: [{ d: 1, c: 2 }], a: { z: null, y: '' } }),
    canonicalJson({ a: { y: '', z: null }, b: [{ c: 2, d: 1 }] }),
  )
  assert.equal(canonicalJson({ b: [{ d: 1, c: 2 }] }), '{"b":[{"c":2,"d":1}]}')
})

test('an own key __proto__ is a key like any other', () => {
  assert.equal(canonicalJson(JSON.parse('{"b":1,"__proto__":{"a":2}}')), '{"__proto__":{"a":2},"b":1}')
})

test('its text reads back as the value that went in', () => {
  const value = { text: '\u2028\u2029\u007f"\\/', list: [[], {}, [null]], number: -1.5e-9 }
  assert.deepEqual(JSON.parse(canonicalJson(value)), value)
})

test('things that JSON has no form for do not pass as empty objects', () => {
  for (const value of [new Date(0), new Map([[1, 2]]), new Set([1]), new Uint8Array(1)]) {
    assert.throws(() => canonicalJson({ value }), TypeError, value.constructor.name)
  }
})

test('a hole in an array is refused', () => {
  // biome-ignore lint/suspicious/noSparseArray: the hole is what is tested
  assert.throws(() => canonicalJson([1, , 2]), TypeError)
})

test('half a surrogate pair is refused (RFC 8785, section 3.2.2.2)', () => {
  assert.throws(() => canonicalJson('\ud800'), TypeError)
  assert.throws(() => canonicalJson({ '\udead': 1 }), TypeError)
})
