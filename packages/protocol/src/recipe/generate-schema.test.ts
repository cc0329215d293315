import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import test from 'node:test'
import { recipeJsonSchema, recipeSchemaFile } from './generate-schema.ts'

test('the committed recipe schema is what the code says now', () => {
  assert.ok(
    readFileSync(recipeSchemaFile, 'utf8') === recipeJsonSchema(),
    'run `npm run generate` and commit recipe.schema.json',
  )
})

test('the schema asks only for what has no default', () => {
  assert.deepEqual(JSON.parse(recipeJsonSchema()).required, [
    'recipe',
    'name',
    'dataset',
    'task',
    'input',
    'model',
  ])
})
