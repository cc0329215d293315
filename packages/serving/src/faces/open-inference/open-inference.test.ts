import assert from 'node:assert/strict'
import test from 'node:test'
import { encodeImage } from '@consort/data'
import { callFace, fakeServed } from '../../testing/served-models.ts'
import { openInference } from './open-inference.ts'

const infer = 'POST /v2/models/triage/infer'
const age = { name: 'age', shape: [2, 1], datatype: 'FP64', data: [60, null] }
const ward = { name: 'ward', shape: [2], datatype: 'BYTES', data: ['b', 'a'] }

async function call(target: string, body?: object, served = fakeServed()) {
  const response = await callFace(openInference, served, target, {
    ...(body && { body: JSON.stringify(body) }),
  })
  return { status: response.status, served, json: JSON.parse(String(response.body)) }
}

async function errorOf(body: object, target = infer): Promise<string> {
  const served = fakeServed()
  const { status, json } = await call(target, body, served)
  assert.equal(status, 400)
  assert.deepEqual([Object.keys(json), served.asked.length], [['error'], 0])
  return json.error
}

test('server and models describe themselves', async () => {
  assert.deepEqual((await call('GET /v2')).json, {
    name: 'consort',
    version: '1.2.3',
    extensions: ['binary_tensor_data'],
  })
  assert.deepEqual((await call('GET /v2/health/live')).json, { live: true })
  assert.deepEqual((await call('GET /v2/models/triage/ready')).json, { name: 'triage', ready: true })
  const { inputs, outputs, versions } = (await call('GET /v2/models/triage')).json
  assert.deepEqual(inputs, [
    { name: 'age', datatype: 'FP64', shape: [-1] },
    { name: 'ward', datatype: 'BYTES', shape: [-1] },
  ])
  assert.deepEqual(outputs[0], { name: 'probabilities', datatype: 'FP32', shape: [-1, 2] })
  assert.deepEqual(versions, ['ver_0000000000000001'])
  assert.deepEqual((await call('GET /v2/models/digits/versions/ver_0000000000000002')).json.inputs, [
    { name: 'image', datatype: 'UINT8', shape: [-1, 1, 2, 2] },
  ])
  assert.match((await call('GET /v2/models/nobody')).json.error, /no agent named nobody/)
  assert.match((await call('GET /v2/models/triage/versions/7')).json.error, /does not serve version 7/)
})

test('columns of a table become records by the pipeline of training; the answer says what was decided', async () => {
  const { status, served, json } = await call(infer, { id: 'q1', inputs: [age, ward] })
  assert.equal(status, 200)
  assert.deepEqual(
    served.asked[0]!.rows.map(({ input }) => [...input]),
    [
      [1, 0, 1],
      [0, 1, 0],
    ],
  )
  assert.deepEqual(await served.records(), [
    { kind: 'row', cells: { age: 60, ward: 'b' } },
    { kind: 'row', cells: { age: null, ward: 'a' } },
  ])
  const { model_name, model_version, id, parameters, outputs } = json
  assert.deepEqual([model_name, model_version, id], ['triage', 'ver_0000000000000001', 'q1'])
  assert.deepEqual(parameters, {
    decision: 'answered',
    case_id: 'cas_0000000000000000,cas_0000000000000001',
  })
  assert.deepEqual(outputs, [
    { name: 'probabilities', datatype: 'FP32', shape: [2, 2], data: [0.25, 0.75, 0.25, 0.75] },
    { name: 'class', datatype: 'BYTES', shape: [2], data: ['ill', 'ill'] },
    { name: 'decision', datatype: 'BYTES', shape: [2], data: ['answered', 'answered'] },
    {
      name: 'case_id',
      datatype: 'BYTES',
      shape: [2],
      data: ['cas_0000000000000000', 'cas_0000000000000001'],
    },
  ])
})

test('a deferred record is answered with the model’s output, and marked', async () => {
  const { status, json } = await call(infer, {
    inputs: [{ ...age, data: [20, 90] }, ward],
    outputs: [{ name: 'decision' }],
  })
  assert.equal(status, 200)
  assert.equal(json.parameters.decision, 'deferred')
  assert.deepEqual(
    json.outputs.map(({ name, data }: { name: string; data: unknown }) => [name, data]),
    [['decision', ['answered', 'deferred']]],
  )
})

/** What a client of the binary extension sends: a JSON header, then the octets of each tensor. */
function binaryBody(header: object, ...octets: Uint8Array[]): { body: Buffer; length: string } {
  const head = Buffer.from(JSON.stringify(header))
  return { body: Buffer.concat([head, ...octets]), length: String(head.length) }
}

const texts = (...words: string[]): Buffer =>
  Buffer.concat(
    words.flatMap(word => {
      const length = Buffer.alloc(4)
      length.writeUInt32LE(Buffer.byteLength(word))
      return [length, Buffer.from(word)]
    }),
  )

test('octets after the header are read, and written, as the binary extension says', async () => {
  const served = fakeServed()
  const ages = Buffer.alloc(8)
  ages.writeFloatLE(60, 0)
  ages.writeFloatLE(Number.NaN, 4)
  const words = texts('b', 'a')
  const { body, length } = binaryBody(
    {
      parameters: { binary_data_output: true },
      inputs: [
        { name: 'age', shape: [2], datatype: 'FP32', parameters: { binary_data_size: 8 } },
        { name: 'ward', shape: [2, 1], datatype: 'BYTES', parameters: { binary_data_size: words.length } },
      ],
    },
    ages,
    words,
  )
  const response = await callFace(openInference, served, infer, {
    body,
    headers: { 'inference-header-content-length': length },
  })
  assert.deepEqual(
    served.asked[0]!.rows.map(({ input }) => [...input]),
    [
      [1, 0, 1],
      [0, 1, 0],
    ],
  )
  const { headers } = response
  assert.equal(headers['content-type'], 'application/octet-stream')
  const octets = Buffer.from(response.body)
  const end = Number(headers['inference-header-content-length'])
  const { outputs } = JSON.parse(octets.subarray(0, end).toString())
  assert.deepEqual(outputs[0], {
    name: 'probabilities',
    datatype: 'FP32',
    shape: [2, 2],
    parameters: { binary_data_size: 16 },
  })
  assert.equal(octets.readFloatLE(end + 4), 0.75)
  assert.deepEqual(octets.subarray(end + 16, end + 30), texts('ill', 'ill'))
  const sizes = outputs.map(
    ({ parameters }: { parameters: { binary_data_size: number } }) => parameters.binary_data_size,
  )
  assert.equal(
    sizes.reduce((sum: number, size: number) => sum + size, 0),
    octets.length - end,
  )
})

test('every kind of number is read from octets', async () => {
  const kinds = [
    ['UINT16', 2, 'writeUInt16LE'],
    ['UINT32', 4, 'writeUInt32LE'],
    ['INT8', 1, 'writeInt8'],
    ['INT16', 2, 'writeInt16LE'],
    ['INT32', 4, 'writeInt32LE'],
    ['FP64', 8, 'writeDoubleLE'],
    ['INT64', 8, 'writeBigInt64LE'],
    ['UINT64', 8, 'writeBigUInt64LE'],
  ] as const
  for (const [datatype, bytes, write] of kinds) {
    const served = fakeServed()
    const octets = Buffer.alloc(bytes)
    if (write === 'writeBigInt64LE' || write === 'writeBigUInt64LE') octets[write](60n, 0)
    else octets[write](60, 0)
    const inputs = [
      { name: 'age', shape: [1], datatype, parameters: { binary_data_size: bytes } },
      { ...ward, shape: [1], data: ['a'] },
    ]
    const { body, length } = binaryBody({ inputs }, octets)
    const headers = { 'inference-header-content-length': length }
    const { status } = await callFace(openInference, served, infer, { body, headers })
    assert.equal(status, 200, datatype)
    assert.deepEqual([...served.asked[0]!.rows[0]!.input], [1, 1, 0], datatype)
  }
})

test('pictures come as pixels or as files, and a person would see the same picture', async () => {
  const target = 'POST /v2/models/digits/infer'
  const pixels = Uint8Array.of(0, 1, 128, 255)
  const file = Buffer.from(await encodeImage(pixels, { channels: 1, height: 2, width: 2 }))
  const asPixels = { name: 'image', shape: [1, 1, 2, 2], datatype: 'UINT8', data: [...pixels] }
  const asFile = { name: 'image', shape: [1], datatype: 'BYTES', data: [file.toString('base64')] }
  for (const image of [asPixels, { ...asPixels, datatype: 'FP32' }, asFile]) {
    const { served } = await call(target, { inputs: [image] })
    assert.deepEqual([...served.asked[0]!.rows[0]!.input], [...pixels])
    const [record] = await served.records()
    assert.deepEqual(record, { kind: 'image', file: file.toString('base64') })
  }
  const wrong = { ...asPixels, datatype: 'FP32', data: [0, 0.5, 1, 1] }
  assert.match(await errorOf({ inputs: [wrong] }, target), /image: a number of these FP32 is no pixel/)
})

test('what is not what it should be is refused with its place, and nobody is asked', async () => {
  const wrong: [RegExp, object][] = [
    [/Input age: there are 2 values for a shape of 3/, { inputs: [{ ...age, shape: [3] }, ward] }],
    [/Input age: its shape is 1 × 2/, { inputs: [{ ...age, shape: [1, 2] }, ward] }],
    [/Input age: a value is no FP64/, { inputs: [{ ...age, data: ['60', 1] }, ward] }],
    [/Input ward: a value is no text/, { inputs: [age, { ...ward, data: [1, 2] }] }],
    [/Column ward: /, { inputs: [age, { ...ward, data: ['b', 'z'] }] }],
    [/Column ward: /, { inputs: [age, { ...ward, datatype: 'FP64', data: [1, 2] }] }],
    [/Input ward: it has 1 rows, and age has 2/, { inputs: [age, { ...ward, shape: [1], data: ['a'] }] }],
    [/no column named ward/, { inputs: [age] }],
    [/Input agee: the model has no such input/, { inputs: [{ ...age, name: 'agee' }, ward] }],
    [/Input age: is there twice/, { inputs: [age, age] }],
    [/Input age: has no values/, { inputs: [{ ...age, data: undefined }, ward] }],
    [/Input age: the data are no array/, { inputs: [{ ...age, data: 7 }, ward] }],
    [/inputs.0.datatype/, { inputs: [{ ...age, datatype: 'FP16' }, ward] }],
    [/inputs.0.shape.0/, { inputs: [{ ...age, shape: [-1] }, ward] }],
    [/inputs/, { inputs: [] }],
    [/no output named scores/, { inputs: [age, ward], outputs: [{ name: 'scores' }] }],
    [
      /from 1 to 1024/,
      {
        inputs: [
          { ...age, shape: [0], data: [] },
          { ...ward, shape: [0], data: [] },
        ],
      },
    ],
  ]
  for (const [expected, body] of wrong) assert.match(await errorOf(body), expected)
})

test('octets that do not fit their header are refused', async () => {
  const header = (size: number, shape = [1]) => ({
    inputs: [
      { name: 'age', shape, datatype: 'FP32', parameters: { binary_data_size: size } },
      { ...ward, shape: [1], data: ['a'] },
    ],
  })
  const cases: [RegExp, object, Uint8Array, string?][] = [
    [/8 bytes are announced and 4 are there/, header(8), Buffer.alloc(4)],
    [/4 bytes are not 2 of FP32/, header(4, [2]), Buffer.alloc(4)],
    [
      /4 bytes are not 9007199254740991 × 9007199254740991/,
      header(4, [2 ** 53 - 1, 2 ** 53 - 1]),
      Buffer.alloc(4),
    ],
    [/2 bytes at the end belong to no input/, header(4), Buffer.alloc(6)],
    [/no header of 9999999 bytes/, header(4), Buffer.alloc(4), '9999999'],
    [/no header of -1 bytes/, header(4), Buffer.alloc(4), '-1'],
    [/not JSON/, header(4), Buffer.alloc(4), '10'],
  ]
  for (const [expected, head, octets, said] of cases) {
    const { body, length } = binaryBody(head, octets)
    const headers = { 'inference-header-content-length': said ?? length }
    const response = await callFace(openInference, fakeServed(), infer, { body, headers })
    assert.match(JSON.parse(String(response.body)).error, expected)
  }
  const long = { name: 'ward', shape: [1], datatype: 'BYTES', parameters: { binary_data_size: 6 } }
  for (const octets of [Uint8Array.of(9, 0, 0, 0, 97, 97), Uint8Array.of(1, 0, 0, 0, 97, 97)]) {
    const { body, length } = binaryBody({ inputs: [long] }, octets)
    const headers = { 'inference-header-content-length': length }
    const response = await callFace(openInference, fakeServed(), infer, { body, headers })
    assert.match(JSON.parse(String(response.body)).error, /the octets are not 1 texts/)
  }
  const compressed = await callFace(openInference, fakeServed(), infer, {
    body: '{}',
    headers: { 'content-encoding': 'gzip' },
  })
  assert.match(JSON.parse(String(compressed.body)).error, /compressed/)
})
