import assert from 'node:assert/strict'
import test from 'node:test'
import { type Recipe, Refusal, recipeSchema } from '@consort/protocol'
import { type CardOfMember, checkColumns, columnsLacking } from './check-columns.ts'

function recipeOf(features: readonly string[], partnersMin = 2): Recipe {
  return recipeSchema.parse({
    recipe: 1,
    name: 'heart',
    dataset: 'heart',
    task: { kind: 'classification', classes: ['well', 'ill'] },
    input: { kind: 'table', features: features.map(name => ({ name, kind: 'number' })) },
    model: { kind: 'logistic' },
    optimiser: { kind: 'sgd', learningRate: 0.1 },
    batchSize: 8,
    federation: { rounds: 1, partnersMin },
  })
}

/** A partner with a card of these columns; without any where there are none. */
function partner(name: string, columns?: readonly string[]): CardOfMember {
  const contents = { kind: 'table' as const, columns: [...(columns ?? [])] }
  return { name, role: 'partner', card: columns ? { role: 'train', trainExamples: 9, contents } : null }
}

function refusalOf(recipe: Recipe, members: readonly CardOfMember[]): Refusal | undefined {
  try {
    checkColumns(recipe, members)
  } catch (error) {
    assert.ok(error instanceof Refusal)
    return error
  }
  return undefined
}

test('features that no card has are refused with the nearest names', () => {
  const members = [partner('a', ['age', 'cholesterol']), partner('b', ['age', 'cholesterol']), partner('c')]
  const refusal = refusalOf(recipeOf(['age', 'Cholesterol', 'pulse']), members)
  assert.equal(refusal?.code, 'data-mismatch')
  assert.equal(refusal?.path, 'input.features[1].name')
  assert.equal(
    refusal?.message,
    'No registered data card of “heart” has the columns Cholesterol, pulse; without them: a, b',
  )
  assert.match(refusal?.hint ?? '', /For Cholesterol, did you mean cholesterol\?/)
  assert.match(refusal?.hint ?? '', /cards have: age, cholesterol\. /)
})

test('a column that too few partners have is refused, with those who lack it', () => {
  const members = [partner('a', ['age', 'pulse']), partner('b', ['age', 'Pulse']), partner('c', ['age'])]
  const refusal = refusalOf(recipeOf(['age', 'pulse']), members)
  assert.equal(refusal?.code, 'data-mismatch')
  assert.equal(
    refusal?.message,
    'The recipe needs 2 partners, and only a has all its columns: b lacks pulse; c lacks pulse',
  )
  assert.match(refusal?.hint ?? '', /For pulse, did you mean Pulse\?/)
})

test('who has not registered yet may still have the columns', () => {
  assert.equal(refusalOf(recipeOf(['age']), []), undefined)
  assert.equal(refusalOf(recipeOf(['age']), [partner('a'), partner('b')]), undefined)
  const members = [partner('a', ['age']), partner('b', ['weight']), partner('c')]
  assert.equal(refusalOf(recipeOf(['age']), members), undefined)
  assert.deepEqual(columnsLacking(recipeOf(['age']), members), [{ name: 'b', columns: ['age'] }])
})

test('a test set’s card counts for nobody who trains, but its lack is named', () => {
  const contents = { kind: 'table' as const, columns: ['age'] }
  const judge: CardOfMember = {
    name: 'judge',
    role: 'evaluator',
    card: { role: 'test', trainExamples: 0, contents },
  }
  const members = [partner('a', ['age', 'pulse']), partner('b', ['age', 'pulse']), judge]
  assert.equal(refusalOf(recipeOf(['age', 'pulse']), members), undefined)
  assert.deepEqual(columnsLacking(recipeOf(['age', 'pulse']), members), [
    { name: 'judge', columns: ['pulse'] },
  ])
  assert.match(refusalOf(recipeOf(['pulse']), [partner('a', ['age']), judge])?.message ?? '', /No registered/)
})

test('pictures have no columns', () => {
  const recipe = recipeSchema.parse({ ...recipeOf(['age']), input: { kind: 'images', height: 2, width: 2 } })
  assert.equal(refusalOf(recipe, [partner('a', ['age'])]), undefined)
})
