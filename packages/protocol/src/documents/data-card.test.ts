import assert from 'node:assert/strict'
import test from 'node:test'
import { dataCardSchema } from './data-card.ts'

const card = {
  kind: 'data-card',
  id: 'crd_0000000000000000',
  member: 'mem_0000000000000000',
  dataset: 'patients',
  role: 'train',
  contents: { kind: 'table', columns: ['age', 'sex'] },
  trainExamples: 100,
  evaluationExamples: 10,
}

test('a card says shape and size, and has no place for anything else (wall 1)', () => {
  assert.deepEqual(dataCardSchema.parse(card), card)
  const wrong: unknown[] = [
    { ...card, examples: [[54, 'female']] },
    { ...card, contents: { ...card.contents, values: [54] } },
    { ...card, contents: { kind: 'table', columns: [{ name: 'age', mean: 54 }] } },
    { ...card, contents: { kind: 'images', height: 28, width: 28, channels: 1, path: '/data' } },
    { ...card, path: '/data/patients.csv' },
    { ...card, trainExamples: -1 },
    { ...card, trainExamples: 0.5 },
    { ...card, role: 'validation' },
    { ...card, dataset: 'Patients' },
    { ...card, id: 'mem_0000000000000000' },
  ]
  for (const value of wrong)
    assert.equal(dataCardSchema.safeParse(value).success, false, JSON.stringify(value))
})
