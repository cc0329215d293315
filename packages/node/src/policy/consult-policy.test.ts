import assert from 'node:assert/strict'
import test from 'node:test'
import { consultPolicySchema } from './consult-policy.ts'

const rules = { fields: [{ field: 'x', rule: 'keep' }], quasiIdentifiers: ['x'], sensitive: [], k: 5, l: 1 }
const ask = { agent: 'triage', partners: ['b'], rules }
const answer = { agent: 'triage', partners: ['a'] }
const isValid = (consult: object): boolean => consultPolicySchema.safeParse(consult).success

test('nothing is allowed that is not named, and nothing costs anything', () => {
  assert.deepEqual(consultPolicySchema.parse({}), { ask: [], answer: [] })
  const parsed = consultPolicySchema.parse({ ask: [ask], answer: [answer] })
  assert.deepEqual(
    [parsed.ask[0]!.priceMax, parsed.ask[0]!.spendMax, parsed.answer[0]!.priceCents],
    [0, 0, 0],
  )
})

test('entries that nobody could mean are refused', () => {
  assert.ok(isValid({ ask: [ask, { ...ask, agent: 'other', rules: 'strip-metadata' }], answer: [answer] }))
  const wrong: object[] = [
    { ask: [ask, ask] },
    { answer: [answer, { ...answer, partners: ['b'] }] },
    { ask: [{ agent: 'triage', partners: ['b'] }] },
    { ask: [{ ...ask, partners: [] }] },
    { ask: [{ ...ask, rules: 'keep' }] },
    { ask: [{ ...ask, rules: { ...rules, fields: [{ field: 'x', rule: 'guess' }] } }] },
    { ask: [{ ...ask, spendMax: -1 }] },
    { ask: [{ ...ask, priceMax: 0.5 }] },
    { ask: [{ ...ask, secondsMax: 301 }] },
    { answer: [{ ...answer, perday: 5 }] },
    { anyone: true },
  ]
  for (const consult of wrong) assert.ok(!isValid(consult), JSON.stringify(consult))
})
