import assert from 'node:assert/strict'
import test from 'node:test'
import type { Refusal } from '@consort/basics'
import { type AggregationSpec, updatesNeeded } from './aggregation.ts'
import { parseRecipe } from './parse-recipe.ts'

const recipe = (federation: object, privacy: object = {}) => ({
  recipe: 1,
  name: 'plane',
  dataset: 'plane',
  task: { kind: 'classification', classes: ['no', 'yes'] },
  input: { kind: 'table', features: [{ name: 'age', kind: 'number' }] },
  model: { kind: 'logistic' },
  federation,
  privacy,
})

const rules: [AggregationSpec, needed: number][] = [
  [{ kind: 'weighted-mean' }, 1],
  [{ kind: 'norm-bound', bound: 2 }, 1],
  [{ kind: 'norm-bound' }, 3],
  [{ kind: 'norm-bound', factor: 2 }, 3],
  [{ kind: 'median' }, 3],
  [{ kind: 'trimmed-mean', trim: 1 }, 3],
  [{ kind: 'trimmed-mean', trim: 4 }, 9],
  [{ kind: 'multi-krum', attackers: 1 }, 5],
  [{ kind: 'multi-krum', attackers: 3 }, 9],
  [{ kind: 'multi-krum', attackers: 1, keep: 2 }, 5],
  [{ kind: 'multi-krum', attackers: 1, keep: 6 }, 7],
]

function faultOf(value: unknown): Refusal {
  let fault: unknown
  assert.throws(
    () => parseRecipe(value),
    (error: unknown) => {
      fault = error
      return true
    },
  )
  return fault as Refusal
}

for (const [aggregation, needed] of rules) {
  test(`${JSON.stringify(aggregation)} wants ${needed} updates in each round, no fewer and no more`, () => {
    assert.equal(updatesNeeded(aggregation), needed)
    const parsed = parseRecipe(recipe({ aggregation, partnersMin: needed }))
    assert.deepEqual(parsed.federation.aggregation, aggregation)
    if (needed === 1) return
    const fault = faultOf(recipe({ aggregation, partnersMin: needed - 1 }))
    assert.deepEqual([fault.code, fault.path], ['recipe-invalid', 'federation.partnersMin'])
    assert.match(fault.message, new RegExp(`needs ${needed} updates.*write ${needed} or more`))
  })

  test(`${JSON.stringify(aggregation)} under secure aggregation`, () => {
    const masked = recipe({ aggregation, partnersMin: 10 }, { secureAggregation: true })
    if (aggregation.kind === 'weighted-mean') {
      assert.equal(parseRecipe(masked).privacy.secureAggregation, true)
      return
    }
    const fault = faultOf(masked)
    assert.deepEqual([fault.code, fault.path], ['recipe-invalid', 'federation.aggregation.kind'])
    assert.match(fault.message, /only their sum/)
  })
}

test('what is no rule is refused where it stands', () => {
  const faults: [object, path: string][] = [
    [{ kind: 'krum' }, 'federation.aggregation.kind'],
    [{ kind: 'trimmed-mean' }, 'federation.aggregation.trim'],
    [{ kind: 'trimmed-mean', trim: 0 }, 'federation.aggregation.trim'],
    [{ kind: 'trimmed-mean', trim: 0.5 }, 'federation.aggregation.trim'],
    [{ kind: 'multi-krum' }, 'federation.aggregation.attackers'],
    [{ kind: 'multi-krum', attackers: 0 }, 'federation.aggregation.attackers'],
    [{ kind: 'norm-bound', bound: 0 }, 'federation.aggregation.bound'],
    [{ kind: 'norm-bound', factor: -1 }, 'federation.aggregation.factor'],
    [{ kind: 'norm-bound', bound: 1, factor: 1 }, 'federation.aggregation.factor'],
    [{ kind: 'median', trim: 1 }, 'federation.aggregation'],
  ]
  for (const [aggregation, path] of faults) {
    const fault = faultOf(recipe({ aggregation, partnersMin: 10 }))
    assert.deepEqual([fault.code, fault.path], ['recipe-invalid', path], JSON.stringify(aggregation))
  }
})
