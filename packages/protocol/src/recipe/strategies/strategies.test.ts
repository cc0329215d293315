import assert from 'node:assert/strict'
import test from 'node:test'
import { localTermsOf } from './strategies.ts'

test('FedProx asks for the μ of its recipe, and FedAvg for none', () => {
  for (const mu of [0, 0.01, 7.5]) assert.deepEqual(localTermsOf({ kind: 'fedprox', mu }), { proximal: mu })
  assert.deepEqual(localTermsOf({ kind: 'fedavg' }), { proximal: 0 })
})
