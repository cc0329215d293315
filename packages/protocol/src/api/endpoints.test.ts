import assert from 'node:assert/strict'
import test from 'node:test'
import { refusalStatus } from '@consort/basics'
import { z } from 'zod'
import { signedAgreementSchema } from '../documents/agreement.ts'
import { signedDataCardSchema } from '../documents/data-card.ts'
import { signedRosterSchema } from '../documents/roster.ts'
import { hubMessageSchema } from '../documents/secure-aggregation.ts'
import { signedStatementSchema } from '../documents/statement.ts'
import { signedSurveySchema } from '../documents/survey.ts'
import { signedTaskSchema } from '../documents/task.ts'
import { signedUsageSchema } from '../documents/usage.ts'
import { usagePageSchema } from '../documents/usage-page.ts'
import { type Endpoint, isOctetBody, isOctetResult } from '../http/endpoint.ts'
import { waitQuery, waitSecondsMax } from '../http/paging.ts'
import { createKeyPair } from '../keys.ts'
import { hubEndpoints, nodeEndpoints } from './endpoints.ts'
import { metricsSchema, taskFailureSchema } from './task.ts'

/** Every object in a schema, at any depth. */
function objectsIn(schema: z.core.$ZodType): z.ZodObject[] {
  const { def } = schema._zod as { def: z.core.$ZodTypeDef } & z.core.$ZodTypeInternals
  const inner: unknown[] = Object.values({ ...def, ...('shape' in def ? (def.shape as object) : {}) }).flat()
  const own = schema instanceof z.ZodObject ? [schema] : []
  return [...own, ...inner.filter(isSchema).flatMap(objectsIn)]
}

function isSchema(value: unknown): value is z.core.$ZodType {
  return typeof value === 'object' && value !== null && '_zod' in value
}

function isStrict(object: z.ZodObject): boolean {
  return object.def.catchall instanceof z.ZodNever
}

/** Objects that both sides must read alike: what is signed or digested, and what stands in a body too. */
const bodies = Object.values<Endpoint>({ ...hubEndpoints, ...nodeEndpoints }).map(({ body }) => body)
const agreed = new Set(
  [
    signedRosterSchema,
    signedAgreementSchema,
    signedTaskSchema,
    signedDataCardSchema,
    signedUsageSchema,
    usagePageSchema,
    signedStatementSchema,
    signedSurveySchema,
    hubMessageSchema,
    ...bodies,
  ].flatMap(objectsIn),
)

for (const [server, group] of Object.entries({ hub: hubEndpoints, node: nodeEndpoints })) {
  const endpoints: [string, Endpoint][] = Object.entries(group)

  test(`${server}: no two endpoints share a method and a path`, () => {
    const places = endpoints.map(([, { method, path }]) => `${method} ${path.replace(/:\w+/g, ':')}`)
    assert.equal(new Set(places).size, places.length)
  })

  test(`${server}: the parameters of a path are the ones that are checked`, () => {
    for (const [name, { path, params }] of endpoints) {
      const inPath = [...path.matchAll(/:(\w+)/g)].map(([, parameter]) => parameter)
      const checked = params instanceof z.ZodObject ? Object.keys(params.shape) : []
      assert.deepEqual(checked.sort(), inPath.sort(), name)
    }
  })

  test(`${server}: what is read is read with GET and without a body, under one version`, () => {
    for (const [name, { method, path, body, summary }] of endpoints) {
      assert.match(path, /^\/v1\/[a-z:/-]+$/i, name)
      assert.ok(summary.length > 0 && !summary.endsWith('.'), name)
      if (method === 'GET') assert.equal(body.def.type, 'undefined', name)
    }
  })

  test(`${server}: nobody is let in who need not be`, () => {
    const open = endpoints.filter(([, { access }]) => access === 'public').map(([name]) => name)
    assert.deepEqual(open, server === 'hub' ? ['getHub', 'getNonce'] : ['getNonce'])
  })

  test(`${server}: expected refusals are in the closed table, each once`, () => {
    for (const [name, { errors }] of endpoints) {
      assert.ok(
        errors.every(code => Object.hasOwn(refusalStatus, code)),
        name,
      )
      assert.equal(new Set(errors).size, errors.length, name)
    }
  })

  test(`${server}: what a caller says is checked to the last field, at every depth`, () => {
    for (const [name, { params, query, body }] of endpoints) {
      for (const object of [params, query, body].flatMap(objectsIn)) assert.ok(isStrict(object), name)
    }
  })

  test(`${server}: what a newer server adds to an answer does not disturb older callers, at any depth`, () => {
    const answers = endpoints.flatMap(([name, { result }]) =>
      objectsIn(result)
        .filter(object => isStrict(object) && !agreed.has(object))
        .map(object => `${name}: { ${Object.keys(object.shape)} }`),
    )
    assert.deepEqual(answers, [])
  })
}

test('what is signed or named by its digest is checked to the last field, also in an answer', () => {
  for (const object of agreed) assert.ok(isStrict(object), Object.keys(object.shape).join())
})

test('an answer with more fields is read, without them', () => {
  const hub = {
    consortium: 'clinics',
    key: createKeyPair().publicKey,
    version: '1.0.0',
    time: '2026-01-01T00:00:00Z',
  }
  const { getHub, reportProgress, exportLog } = hubEndpoints
  assert.deepEqual(getHub.result.parse({ ...hub, motto: 'x', more: { a: 1 } }), hub)
  assert.deepEqual(reportProgress.result.parse({ wanted: true, until: 7 }), { wanted: true })
  assert.deepEqual(exportLog.result.parse({ entries: [], next: null, all: 0 }), { entries: [], next: null })
  assert.equal(getHub.result.safeParse({ ...hub, key: undefined, KEY: hub.key }).success, false)
})

test('weights, updates and masked answers are the only octets', () => {
  const all: [string, Endpoint][] = Object.entries({ ...hubEndpoints, ...nodeEndpoints })
  const octets = all.filter(([, one]) => isOctetBody(one) || isOctetResult(one))
  const names = octets.map(([name]) => name).sort()
  assert.deepEqual(names, ['getModelChunk', 'getWeights', 'putChunk', 'putSurveyInput'])
})

test('a long poll waits 25 seconds at most and not at all by default', () => {
  assert.equal(waitQuery.parse(undefined), 0)
  assert.equal(waitQuery.parse('7.5'), 7.5)
  assert.equal(waitQuery.parse(String(waitSecondsMax)), 25)
  for (const value of ['25.1', '-1', 'soon', 'Infinity', 'NaN']) {
    assert.equal(waitQuery.safeParse(value).success, false, value)
  }
})

test('a failure travels as a code of the closed list and a reference, never as a message (wall 1)', () => {
  const body = hubEndpoints.failTask.body
  assert.equal(body.safeParse({ code: 'value-invalid', reference: 'log-17' }).success, true)
  const wrong: unknown[] = [
    { code: 'value-invalid', reference: 'age “54” of row 7' },
    { code: 'value-invalid', reference: '' },
    { code: 'value-invalid', reference: 'a'.repeat(41) },
    { code: 'value-invalid', reference: 'a\nb' },
    { code: 'value-invalid', reference: 'a', message: 'x' },
    { code: 'something else', reference: 'a' },
  ]
  for (const value of wrong) assert.equal(body.safeParse(value).success, false, JSON.stringify(value))
  assert.ok(taskFailureSchema.options.every(code => /^[a-z-]+$/.test(code)))
})

test('metrics are the agreed ones, numbers, and any part of them', () => {
  assert.deepEqual(metricsSchema.parse({ examples: 3, values: { loss: 0.5 } }), {
    examples: 3,
    values: { loss: 0.5 },
  })
  assert.deepEqual(metricsSchema.parse({ examples: 0, values: {} }), { examples: 0, values: {} })
  const wrong: unknown[] = [
    { examples: 3, values: { loss: '0.5' } },
    { examples: 3, values: { loss: null } },
    { examples: 3, values: { auc: 0.5 } },
    { examples: 3, values: { loss: Number.NaN } },
    { examples: 3, values: { loss: Number.POSITIVE_INFINITY } },
    { examples: -1, values: {} },
    { examples: 1.5, values: {} },
    { examples: 3, values: {}, rows: [] },
  ]
  for (const value of wrong)
    assert.equal(metricsSchema.safeParse(value).success, false, JSON.stringify(value))
})
