import assert from 'node:assert/strict'
import test from 'node:test'
import { errorFreeLabelsNeeded } from './labels-needed.ts'

test('labels needed are the least that pass the test', () => {
  const half = { alpha: 0.05, delta: 0.05 }
  assert.equal(errorFreeLabelsNeeded({ wrong: 0, answered: 0 }, half), 59)
  assert.equal(errorFreeLabelsNeeded({ wrong: 0, answered: 0 }, { alpha: 0.01, delta: 0.05 }), 299)
  assert.equal(errorFreeLabelsNeeded({ wrong: 2, answered: 40 }, { alpha: 0.05, delta: 0.1 }), 65)
  assert.equal(errorFreeLabelsNeeded({ wrong: 30, answered: 100 }, { alpha: 0.1, delta: 0.05 }), 302)
  assert.equal(errorFreeLabelsNeeded({ wrong: 0, answered: 59 }, half), 0)
})
