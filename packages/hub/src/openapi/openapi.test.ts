import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import test from 'node:test'
import { hubEndpoints } from '@consort/protocol'
import { hubVersion } from '../version.ts'
import { openApiFile } from './generate.ts'
import { openApiDocument } from './openapi.ts'

test('the committed OpenAPI file is what the endpoints say now', () => {
  const committed = readFileSync(openApiFile, 'utf8')
  assert.ok(committed === openApiDocument(hubVersion), 'run `npm run generate` and commit openapi.json')
})

test('every endpoint is in it once, with a schema for what it takes and gives', () => {
  const { paths, components } = JSON.parse(openApiDocument(hubVersion))
  const operations = Object.values(paths as Record<string, Record<string, { operationId: string }>>).flatMap(
    Object.values,
  )
  assert.deepEqual(
    operations.map(operation => operation.operationId).sort(),
    Object.keys(hubEndpoints).sort(),
  )
  const run = paths['/v1/runs'].post
  const { $ref } = run.requestBody.content['application/json'].schema.properties.recipe
  assert.equal($ref, '#/components/schemas/RecipeInput')
  assert.equal(components.schemas.RecipeInput.type, 'object')
  assert.deepEqual(run.security, [{ signature: [] }])
  assert.equal(run.responses[409].description, 'roster-unsigned, state-conflict')
  assert.equal(paths['/v1/tasks/{task}/weights/{digest}'].get.parameters.length, 2)
})
