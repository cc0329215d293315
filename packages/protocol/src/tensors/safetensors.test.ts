import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import test from 'node:test'
import { Refusal } from '@consort/basics'
import { decodeTensors, encodeTensors, layoutOf, parseTensors, sizeOfShape } from './safetensors.ts'

const specs = [
  { name: 'dense.weight', shape: [2, 3] },
  { name: 'dense.bias', shape: [3] },
  { name: 'scale', shape: [] },
]
const layout = layoutOf(specs)
const values = Float32Array.from([1, -2.5, 3e-38, Number.POSITIVE_INFINITY, -0, 6, 7, 8, 9, 10])
const file = encodeTensors(layout, values)

/** A file with this header and so many bytes of data, as a hostile writer would put it together. */
function fileOf(header: string | Uint8Array, dataBytes = 0, headerLength?: bigint): Uint8Array {
  const text = typeof header === 'string' ? Buffer.from(header) : header
  const bytes = new Uint8Array(8 + text.length + dataBytes)
  new DataView(bytes.buffer).setBigUint64(0, headerLength ?? BigInt(text.length), true)
  bytes.set(text, 8)
  return bytes
}

function entry(shape: unknown, offsets: unknown, dtype: unknown = 'F32'): object {
  return { dtype, shape, data_offsets: offsets }
}

test('the size of a shape is the product of its dimensions, 1 for a scalar', () => {
  assert.deepEqual([[], [5], [2, 3], [4, 0, 2]].map(sizeOfShape), [1, 5, 6, 0])
})

test('a file is byte for byte what the format says', () => {
  const json =
    '{"dense.weight":{"dtype":"F32","shape":[2,3],"data_offsets":[0,24]},' +
    '"dense.bias":{"dtype":"F32","shape":[3],"data_offsets":[24,36]},' +
    '"scale":{"dtype":"F32","shape":[],"data_offsets":[36,40]}}'
  const padded = json.padEnd(Math.ceil(json.length / 8) * 8)
  assert.notEqual(padded.length, json.length) // this example needs padding
  const header = Buffer.concat([Buffer.from([padded.length, 0, 0, 0, 0, 0, 0, 0]), Buffer.from(padded)])
  assert.deepEqual(Buffer.from(layout.header), header)
  const data = Buffer.alloc(40)
  for (const [index, value] of values.entries()) data.writeFloatLE(value, index * 4)
  assert.deepEqual(Buffer.from(file), Buffer.concat([header, data]))
  assert.equal(layout.size, 10)
  assert.equal(layout.bytes, file.length)
  assert.deepEqual(layout.tensors, [
    { name: 'dense.weight', shape: [2, 3], offset: 0, size: 6 },
    { name: 'dense.bias', shape: [3], offset: 6, size: 3 },
    { name: 'scale', shape: [], offset: 9, size: 1 },
  ])
})

test('the data begins on a multiple of 8 bytes, whatever the length of the names', () => {
  for (let length = 1; length <= 17; length++) {
    const { header, bytes } = layoutOf([{ name: 'ä'.repeat(length), shape: [3] }])
    assert.equal(header.length % 8, 0)
    assert.equal(bytes, header.length + 12)
    const json = Buffer.from(header.subarray(8)).toString()
    assert.ok(json.length - json.trimEnd().length < 8, 'padded with at most seven spaces')
    assert.deepEqual(Object.keys(JSON.parse(json)), ['ä'.repeat(length)])
  }
})

test('no tensors make a file too', () => {
  const none = layoutOf([])
  assert.deepEqual(parseTensors(encodeTensors(none, new Float32Array())), [])
})

test('equal specs give equal headers, another order another one', () => {
  assert.deepEqual(layoutOf(structuredClone(specs)).header, layout.header)
  assert.notDeepEqual(layoutOf(specs.toReversed()).header, layout.header)
})

test('what was encoded is decoded to the same bits, and parsed to the same tensors', () => {
  assert.deepEqual(decodeTensors(layout, file), values)
  const parsed = parseTensors(file)
  assert.deepEqual(
    parsed.map(({ name, shape }) => ({ name, shape })),
    specs,
  )
  assert.deepEqual(
    parsed.flatMap(({ data }) => [...data]),
    [...values],
  )
})

test('any alignment of the bytes is read', () => {
  for (let shift = 1; shift < 8; shift++) {
    const moved = new Uint8Array(file.length + shift)
    moved.set(file, shift)
    assert.deepEqual(decodeTensors(layout, moved.subarray(shift)), values, `shift ${shift}`)
    assert.deepEqual(
      parseTensors(moved.subarray(shift)).flatMap(({ data }) => [...data]),
      [...values],
    )
  }
})

test('values that are themselves a view are written without what surrounds them', () => {
  const around = Float32Array.from([99, ...values, 99])
  assert.deepEqual(encodeTensors(layout, around.subarray(1, 11)), file)
})

test('a file of another model is refused, by decoding, with what was expected', () => {
  const others = [
    layoutOf(specs.toReversed()),
    layoutOf(specs.with(0, { name: 'dense.weight', shape: [3, 2] })),
    layoutOf(specs.with(0, { name: 'dense.weighT', shape: [2, 3] })),
    layoutOf(specs.slice(0, 2)),
  ]
  const files = others.map(other => encodeTensors(other, new Float32Array(other.size)))
  files.push(
    file.subarray(0, -1),
    new Uint8Array([...file, 0]),
    new Uint8Array(file.length),
    new Uint8Array(),
  )
  for (const other of files) {
    assert.throws(() => decodeTensors(layout, other), { code: 'update-shape', hint: /3 float32 tensors/ })
  }
})

test('parsing skips metadata and does not mind the order of the header', () => {
  const header = JSON.stringify({
    b: entry([1], [4, 8]),
    __metadata__: { format: 'pt' },
    a: entry([1], [0, 4]),
  })
  assert.deepEqual(
    parseTensors(fileOf(header, 8)).map(({ name }) => name),
    ['a', 'b'],
  )
})

test('parsed tensors share no memory with the file', () => {
  const copy = Uint8Array.from(file)
  const [first] = parseTensors(copy)
  copy.fill(0)
  assert.equal(first!.data[0], 1)
})

const good = { a: entry([2], [0, 8]) }
const unreadable: Record<string, Uint8Array> = {
  nothing: new Uint8Array(),
  'seven bytes': new Uint8Array(7),
  'a header of no bytes': fileOf(''),
  'a header longer than the file': fileOf('{}', 0, 3n),
  'a header of 4 GiB': fileOf('{}', 0, 2n ** 32n),
  'a header of 2^63 bytes': fileOf('{}', 0, 2n ** 63n),
  'a header of 2^64 − 1 bytes': fileOf('{}', 0, 2n ** 64n - 1n),
  'a header over the limit, in full': fileOf(`{}${' '.repeat(4 * 1024 * 1024)}`),
  'a header cut in the middle': fileOf(JSON.stringify(good).slice(0, -1), 8),
  'a header that is no JSON': fileOf('{a:1}'),
  'a header that is a list': fileOf('[]'),
  'a header that is null': fileOf('null'),
  'a header that is a number': fileOf('42'),
  'a tensor that is null': fileOf('{"a":null}'),
  'a tensor that is a number': fileOf('{"a":1}'),
  'a tensor that is a list': fileOf('{"a":[]}'),
  'no dtype': fileOf(JSON.stringify({ a: { shape: [2], data_offsets: [0, 8] } }), 8),
  'dtype F16': fileOf(JSON.stringify({ a: entry([4], [0, 8], 'F16') }), 8),
  'dtype F64': fileOf(JSON.stringify({ a: entry([1], [0, 8], 'F64') }), 8),
  'dtype in small letters': fileOf(JSON.stringify({ a: entry([2], [0, 8], 'f32') }), 8),
  'no shape': fileOf(JSON.stringify({ a: { dtype: 'F32', data_offsets: [0, 8] } }), 8),
  'a shape that is a number': fileOf(JSON.stringify({ a: entry(2, [0, 8]) }), 8),
  'a negative dimension': fileOf(JSON.stringify({ a: entry([-2, -1], [0, 8]) }), 8),
  'half a dimension': fileOf(JSON.stringify({ a: entry([0.5, 4], [0, 8]) }), 8),
  'a dimension beyond 2^53': fileOf(
    '{"a":{"dtype":"F32","shape":[9007199254740993],"data_offsets":[0,8]}}',
    8,
  ),
  'dimensions whose product overflows to 0 times infinity': fileOf(
    JSON.stringify({ a: entry([...Array(40).fill(2 ** 52), 0], [0, 0]) }),
  ),
  'one offset': fileOf(JSON.stringify({ a: entry([2], [0]) }), 8),
  'three offsets': fileOf(JSON.stringify({ a: entry([2], [0, 8, 8]) }), 8),
  'offsets as text': fileOf(JSON.stringify({ a: entry([2], ['0', '8']) }), 8),
  'offsets the wrong way round': fileOf(JSON.stringify({ a: entry([2], [8, 0]) }), 8),
  'a negative offset': fileOf(JSON.stringify({ a: entry([2], [-8, 0]) }), 8),
  'a size that its shape does not have': fileOf(JSON.stringify({ a: entry([3], [0, 8]) }), 8),
  'an end beyond the file': fileOf(JSON.stringify(good), 7),
  'a byte after the end': fileOf(JSON.stringify(good), 9),
  'a hole at the beginning': fileOf(JSON.stringify({ a: entry([1], [4, 8]) }), 8),
  'a hole in between': fileOf(JSON.stringify({ a: entry([1], [0, 4]), b: entry([1], [8, 12]) }), 12),
  'an overlap': fileOf(JSON.stringify({ a: entry([2], [0, 8]), b: entry([2], [4, 12]) }), 12),
  'the same place twice': fileOf(JSON.stringify({ a: entry([2], [0, 8]), b: entry([2], [0, 8]) }), 8),
  'one name for two places': fileOf(
    '{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"a":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}}',
    8,
  ),
}
for (const [what, bytes] of Object.entries(unreadable)) {
  test(`not a readable file: ${what}`, () => {
    assert.throws(() => parseTensors(bytes), { name: 'Refusal', code: 'weights-invalid' })
  })
}

test('a file that was cut anywhere is refused', () => {
  for (let length = 0; length < file.length; length++) {
    assert.throws(
      () => parseTensors(file.subarray(0, length)),
      { code: 'weights-invalid' },
      `${length} bytes`,
    )
  }
})

/** Mulberry32: 32 random bits a call from a 32-bit seed. */
function randomInts(seed: number): (below: number) => number {
  let state = seed
  return below => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) % below
  }
}

function randomFile(random: (below: number) => number): Uint8Array {
  const oneOf = <T>(...options: T[]): T => options[random(options.length)]!
  const count = (): unknown => oneOf<unknown>(0, 1, 2, 4, 8, 12, -1, 0.5, 2 ** 53, 1e308, '4', null, true, [])
  const kind = random(3)
  if (kind === 0) return Uint8Array.from({ length: random(200) }, () => random(256))
  if (kind === 1) {
    const damaged = Uint8Array.from(file)
    for (let change = random(4); change >= 0; change--) damaged[random(damaged.length)] = random(256)
    return damaged.subarray(0, oneOf(damaged.length, random(damaged.length)))
  }
  const names = ['a', 'b', '__metadata__', '__proto__', '0', '']
  const tensor = (): unknown =>
    oneOf<unknown>(
      entry([count()], [count(), count()]),
      entry(oneOf([], [2], [1, 1]), [0, oneOf(4, 8)]),
      count(),
    )
  const members = Array.from(
    { length: random(4) },
    () => `${JSON.stringify(oneOf(...names))}:${JSON.stringify(tensor())}`,
  )
  return fileOf(`{${members.join()}}`, oneOf(0, 4, 8, 12))
}

test('random and damaged files are read or refused, never anything else', () => {
  let read = 0
  for (let seed = 1; seed <= 3000; seed++) {
    try {
      const tensors = parseTensors(randomFile(randomInts(seed)))
      for (const { shape, data } of tensors) assert.equal(data.length, sizeOfShape(shape), `seed ${seed}`)
      read++
    } catch (error) {
      if (!(error instanceof Refusal)) throw new Error(`seed ${seed}`, { cause: error })
      assert.equal(error.code, 'weights-invalid', `seed ${seed}`)
    }
  }
  assert.ok(read > 50 && read < 2000, `the files were neither all good nor all bad: ${read} were read`)
})

test('a Buffer is read like any other bytes', () => {
  const parsed = parseTensors(Buffer.from(file))
  assert.deepEqual(
    parsed.map(({ data }) => data.length),
    [6, 3, 1],
  )
  assert.deepEqual(
    parsed.flatMap(({ data }) => [...data]),
    [...values],
  )
})

test('a Buffer at an odd place in memory is decoded like any other bytes', () => {
  const decoded = decodeTensors(layout, Buffer.concat([Buffer.alloc(1), file]).subarray(1))
  assert.equal(decoded.length, values.length)
  assert.deepEqual(decoded, values)
})

test('a dtype that is no text is refused', () => {
  for (const dtype of ['{"toString":1}', `${'['.repeat(50_000)}${']'.repeat(50_000)}`]) {
    const header = `{"a":{"dtype":${dtype},"shape":[2],"data_offsets":[0,8]}}`
    assert.throws(() => parseTensors(fileOf(header, 8)), { code: 'weights-invalid' })
  }
})

test('an empty tensor may be listed after the one that begins where it lies', () => {
  const header = JSON.stringify({ b: entry([2], [0, 8]), a: entry([0], [0, 0]) })
  assert.equal(parseTensors(fileOf(header, 8)).length, 2)
})

test('a layout that no file can have is a bug, and asserts', () => {
  assert.throws(() => layoutOf([specs[0]!, specs[0]!]))
  assert.throws(() => layoutOf([{ name: '__metadata__', shape: [1] }]))
  assert.throws(() => encodeTensors(layout, values.subarray(1)))
})

const python = `
import base64, json, sys
import numpy, safetensors
from safetensors.numpy import load, save
theirs = load(base64.b64decode(sys.stdin.read()))
json.dump({
  "tensors": {name: [list(t.shape), t.dtype.name, [float(v) for v in t.reshape(-1)]] for name, t in theirs.items()},
  "file": base64.b64encode(save(theirs)).decode(),
}, sys.stdout)
`
const hasPython = spawnSync('python3', ['-c', 'import numpy, safetensors']).status === 0

test('the Python package reads our files and we read its', {
  skip: !hasPython && 'no safetensors here',
}, () => {
  const sorted = layoutOf([
    { name: 'bias', shape: [3] },
    { name: 'kernel', shape: [1, 2, 2] },
    { name: 'scale', shape: [] },
  ])
  const ours = encodeTensors(sorted, Float32Array.from([1, -2, 0.1, 4, 5, 6, 7, 8]))
  const run = spawnSync('python3', ['-c', python], { input: Buffer.from(ours).toString('base64') })
  const answer = JSON.parse(run.stdout.toString()) as { tensors: Record<string, unknown[]>; file: string }
  assert.deepEqual(answer.tensors, {
    bias: [[3], 'float32', [1, -2, Math.fround(0.1)]],
    kernel: [[1, 2, 2], 'float32', [4, 5, 6, 7]],
    scale: [[], 'float32', [8]],
  })
  assert.deepEqual(parseTensors(Uint8Array.from(Buffer.from(answer.file, 'base64'))), parseTensors(ours))
})
