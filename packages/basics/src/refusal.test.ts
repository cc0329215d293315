import assert from 'node:assert/strict'
import test from 'node:test'
import { problemOf, problemSchema, Refusal, type RefusalCode, refusalOf, refusalStatus } from './refusal.ts'
import { refusalTitles } from './refusal-titles.ts'

const codes = Object.keys(refusalStatus) as RefusalCode[]

test('every refusal comes through the wire as it went in', () => {
  for (const code of codes) {
    const refusal = new Refusal(code, 'what happened', { hint: 'what to do', path: 'model.layers[2]' })
    const problem = problemOf(refusal)
    assert.equal(problem.type, `urn:consort:refusal:${code}`)
    assert.equal(problem.status, refusalStatus[code])
    assert.deepEqual(problemSchema.parse(JSON.parse(JSON.stringify(problem))), problem)
    const back = refusalOf(problem.status, JSON.parse(JSON.stringify(problem)))
    assert.equal(back.code, code)
    assert.ok(back instanceof Refusal && back instanceof Error)
    if (code === 'internal') continue // what happened inside is nobody's business
    const { message, hint, path } = back
    assert.deepEqual([message, hint, path], ['what happened', 'what to do', 'model.layers[2]'])
  }
})

test('when to try again travels too, and is left out where it is no whole number of seconds', () => {
  const problem = problemOf(new Refusal('rate-limited', 'too many', { retryAfterSeconds: 7 }))
  assert.deepEqual(problemSchema.parse(problem), problem)
  assert.equal(refusalOf(429, problem).retryAfterSeconds, 7)
  for (const retryAfterSeconds of ['7', 1.5, null, {}]) {
    assert.equal(refusalOf(429, { ...problem, retryAfterSeconds }).retryAfterSeconds, undefined)
  }
})

test('hint and path are absent when nobody gave them', () => {
  assert.deepEqual(Object.keys(problemOf(new Refusal('busy', 'x'))).sort(), [
    'code',
    'detail',
    'status',
    'type',
  ])
  const back = refusalOf(503, problemOf(new Refusal('busy', 'x')))
  assert.equal(back.hint, undefined)
  assert.equal(back.path, undefined)
})

test('what is not a refusal becomes internal, and its message stays at home', () => {
  const accidents: unknown[] = [
    new Error('secret'),
    new TypeError('secret', { cause: new Error('secret') }),
    'secret',
    { code: 'not-found', message: 'secret', detail: 'secret' },
    Object.assign(new Error('secret'), { code: 'busy', hint: 'secret', path: 'secret' }),
    null,
    undefined,
  ]
  for (const accident of accidents) {
    const problem = problemOf(accident)
    assert.equal(problem.code, 'internal')
    assert.equal(problem.status, 500)
    assert.ok(!JSON.stringify(problem).includes('secret'))
  }
})

test('a refusal that is called internal does not show its message either', () => {
  const problem = problemOf(new Refusal('internal', 'secret', { hint: 'secret', path: 'secret' }))
  assert.ok(!JSON.stringify(problem).includes('secret'))
})

test('the cause of a refusal never travels', () => {
  const refusal = new Refusal('unreachable', 'no answer', { cause: new Error('secret') })
  assert.ok(refusal.cause instanceof Error)
  assert.ok(!JSON.stringify(problemOf(refusal)).includes('secret'))
})

test('an answer that nobody agreed on becomes unreachable, with its status and a hint', () => {
  const strange: unknown[] = [
    undefined,
    null,
    '<html>',
    42,
    [],
    {},
    { code: 'made-up', detail: 'x' },
    { code: 'toString' },
    { code: '__proto__' },
    { code: 404 },
    { code: ['not-found'] },
    { error: { code: 'not-found' } },
  ]
  for (const body of strange) {
    const refusal = refusalOf(502, body)
    assert.equal(refusal.code, 'unreachable', JSON.stringify(body))
    assert.match(refusal.message, /502/)
    assert.match(refusal.hint ?? '', /proxy/)
  }
})

test('a refusal that a newer version knows is told in its words', () => {
  const code = 'of-tomorrow'
  const problem = {
    type: `urn:consort:refusal:${code}`,
    status: 409,
    code,
    detail: 'Too old.',
    hint: 'Upgrade.',
  }
  const { code: known, message, hint } = refusalOf(409, problem)
  assert.equal(known, 'unreachable')
  assert.match(message, /409 of-tomorrow.*Too old\./)
  assert.equal(hint, 'Upgrade.')
  assert.match(refusalOf(409, { ...problem, hint: 7 }).hint ?? '', /upgrade this side/)
})

test('fields of the wrong type in a known refusal are left out', () => {
  const refusal = refusalOf(404, { code: 'not-found', detail: { a: 1 }, hint: 7, path: ['x'] })
  assert.equal(refusal.code, 'not-found')
  assert.equal(refusal.message, 'not-found')
  assert.equal(refusal.hint, undefined)
  assert.equal(refusal.path, undefined)
})

test('every code has an HTTP status of an error and a title in both languages', () => {
  assert.deepEqual(Object.keys(refusalTitles).sort(), [...codes].sort())
  for (const code of codes) {
    assert.ok(refusalStatus[code] >= 400 && refusalStatus[code] < 600, code)
    assert.match(refusalTitles[code].en, /^[A-Z]/, code)
    assert.match(refusalTitles[code].zh, /\p{Script=Han}|TLS/u, code)
  }
  const titles = codes.map(code => refusalTitles[code].en)
  assert.equal(new Set(titles).size, titles.length)
})
