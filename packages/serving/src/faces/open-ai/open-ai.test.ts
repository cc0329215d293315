import assert from 'node:assert/strict'
import test from 'node:test'
import { encodeImage } from '@consort/data'
import { callFace, fakeServed } from '../../testing/served-models.ts'
import { openAi } from './open-ai.ts'

async function call(target: string, body?: unknown, served = fakeServed()) {
  const { status, body: text } = await callFace(openAi, served, target, {
    ...(body !== undefined && { body: JSON.stringify(body) }),
  })
  return { status, served, json: JSON.parse(String(text)) }
}

const embed = 'POST /v1/embeddings'
const record = JSON.stringify({ age: 60, ward: 'b' })

test('agents are listed as models, and found by name', async () => {
  const { json } = await call('GET /v1/models')
  assert.deepEqual(json.data[0], {
    id: 'triage',
    object: 'model',
    created: 1_767_225_600,
    owned_by: 'consort',
  })
  assert.equal((await call('GET /v1/models/digits')).json.id, 'digits')
  const { json: refused } = await call('GET /v1/models/nobody')
  assert.deepEqual(
    [refused.error.code, refused.error.type, refused.error.param],
    ['not-found', 'invalid_request_error', null],
  )
})

test('records of a table are embedded, as numbers or in base64', async () => {
  const { json, served } = await call(embed, { model: 'triage', input: [record, '{"age":null,"ward":"a"}'] })
  assert.deepEqual(
    served.asked[0]!.rows.map(({ input }) => [...input]),
    [
      [1, 0, 1],
      [0, 1, 0],
    ],
  )
  assert.deepEqual(json.data, [
    { object: 'embedding', index: 0, embedding: [0.5, 0, 0.5] },
    { object: 'embedding', index: 1, embedding: [0, 0.5, 0] },
  ])
  const one = await call(embed, { model: 'triage', input: record, encoding_format: 'base64' })
  const octets = Buffer.from(one.json.data[0].embedding, 'base64')
  assert.deepEqual([octets.readFloatLE(0), octets.readFloatLE(4), octets.readFloatLE(8)], [0.5, 0, 0.5])
})

test('pictures are embedded from data URLs', async () => {
  const file = Buffer.from(
    await encodeImage(Uint8Array.of(0, 2, 4, 255), { channels: 1, height: 2, width: 2 }),
  )
  const input = `data:image/png;base64,${file.toString('base64')}`
  const { json } = await call(embed, { model: 'digits', input })
  assert.deepEqual(json.data[0].embedding, [0, 1, 2, 127.5])
})

test('what is no record is refused with its place', async () => {
  const wrong: [unknown, string | null][] = [
    [{ model: 'triage', input: 'hello' }, 'input.0'],
    [{ model: 'triage', input: [record, '[1, 2]'] }, 'input.1'],
    [{ model: 'triage', input: '{"age":60}' }, 'ward'],
    [{ model: 'triage', input: [1, 2, 3] }, 'input'],
    [{ model: 'triage', input: [] }, 'input'],
    [{ model: 'triage', input: record, encoding_format: 'int8' }, 'encoding_format'],
    [{ model: 'triage', input: record, dimensions: 2 }, 'dimensions'],
    [{ model: 'digits', input: 'data:image/gif;base64,AAAA' }, 'input.0'],
    [{ model: 'digits', input: 'data:image/png;base64,AAAA' }, 'record.file'],
    [{ input: record }, 'model'],
    [7, null],
  ]
  for (const [body, param] of wrong) {
    const { status, json, served } = await call(embed, body)
    assert.deepEqual([status, json.error.param, served.asked.length], [400, param, 0], JSON.stringify(body))
  }
})
