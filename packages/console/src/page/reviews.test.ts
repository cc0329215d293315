import assert from 'node:assert/strict'
import test from 'node:test'
import { type Fetch, openReviews, type Review } from './reviews.ts'

const { signal } = new AbortController()
const id: Review['id'] = 'cas_0000000000000001'
const review: Review = {
  id,
  agent: 'triage',
  dataset: 'heart',
  state: 'deferred',
  asked: '2026-01-02T12:00:00Z',
  record: { kind: 'row', cells: { age: 61 } },
  classes: ['absent', 'present'],
  firstAnswer: null,
  finalAnswer: null,
  suggestion: null,
}

/** A node that says the same to every call, and notes the calls. */
function answering(status: number, json: unknown) {
  const calls: [method: string, address: string, body: string | undefined][] = []
  const fetch: Fetch = async (address, { method, body }) => {
    calls.push([method, address, body])
    return { ok: status < 300, status, json: async () => json }
  }
  return { calls, reviews: openReviews('ck_1', fetch) }
}

test('the page calls the endpoints of the contract, relative to where it was served', async () => {
  const { calls, reviews } = answering(200, review)
  const body = { stage: 'first', class: 'absent' } as const
  assert.deepEqual(await reviews.get(id, signal), { kind: 'ok', value: review })
  assert.deepEqual(await reviews.answer(id, body, signal), { kind: 'ok', value: review })
  await reviews.list(signal)
  await reviews.nearest(id, signal)
  assert.deepEqual(calls, [
    ['GET', `./v1/reviews/${id}`, undefined],
    ['POST', `./v1/reviews/${id}/answers`, JSON.stringify(body)],
    ['GET', './v1/reviews', undefined],
    ['GET', `./v1/reviews/${id}/nearest`, undefined],
  ])
})

test('an answer that does not fit the contract counts as none', async () => {
  for (const wrong of [{ ...review, classes: 'absent' }, null, 'gateway']) {
    assert.deepEqual(await answering(200, wrong).reviews.get(id, signal), { kind: 'away', problem: null })
  }
})

test('a refusal is told apart from trouble of the node, and from what is no refusal', async () => {
  const problem = { type: 'urn:consort:refusal:x', status: 409, code: 'state-conflict', detail: 'No.' }
  assert.deepEqual(await answering(409, problem).reviews.list(signal), { kind: 'refused', problem })
  assert.deepEqual(await answering(503, problem).reviews.list(signal), { kind: 'away', problem })
  const foreign = { code: 'x', detail: 'a proxy’s' }
  assert.deepEqual(await answering(403, foreign).reviews.list(signal), { kind: 'away', problem: null })
})
