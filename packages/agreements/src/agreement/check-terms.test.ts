import assert from 'node:assert/strict'
import test from 'node:test'
import { type Agreement, digestOfDocument, type Roster } from '@consort/protocol'
import { agreement, roster, withBenefit } from '../testing/clinics.ts'
import { checkTerms } from './check-terms.ts'

test('terms over the partners of the roster are fit to be proposed, by any rule', () => {
  assert.doesNotThrow(() => checkTerms(agreement, roster))
  for (const kind of ['by-use', 'by-examples'] as const) {
    assert.doesNotThrow(() => checkTerms(withBenefit({ rule: { kind } }), roster))
  }
  const parts = [{ member: 'east', parts: 1 }]
  assert.doesNotThrow(() => checkTerms(withBenefit({ rule: { kind: 'fixed', parts } }), roster))
})

const patients = agreement.data[0]!
const twiceCoded = [...patients.label.codes, patients.label.codes[0]!]
const sex = { ...patients.fields[3]!, codes: twiceCoded } as (typeof patients.fields)[number]

function withParts(...parts: { member: string; parts: number }[]): Agreement {
  return withBenefit({ rule: { kind: 'fixed', parts } })
}

const unsound: Record<string, [Agreement, string]> = {
  'another consortium': [{ ...agreement, consortium: 'banks' }, 'consortium'],
  'another roster': [
    { ...agreement, roster: digestOfDocument({ ...roster, version: 4 } as Roster) },
    'roster',
  ],
  'a data set twice': [{ ...agreement, data: [patients, patients] }, 'data[1].dataset'],
  'a code twice': [
    { ...agreement, data: [{ ...patients, fields: [patients.fields[0]!, sex] }] },
    'data[0].fields[1].codes[2].code',
  ],
  'a class twice': [
    { ...agreement, data: [{ ...patients, label: { ...patients.label, codes: twiceCoded } }] },
    'data[0].label.codes[2].code',
  ],
  'a recipe twice': [
    { ...agreement, recipes: [...agreement.recipes, { name: 'heart', digest: `sha256:${'b'.repeat(64)}` }] },
    'recipes[2].name',
  ],
  'a stranger in use': [{ ...agreement, use: ['north', 'west'] }, 'use[1]'],
  'an evaluator in use': [{ ...agreement, use: ['lab'] }, 'use[0]'],
  'a partner in use twice': [{ ...agreement, use: ['north', 'south', 'north'] }, 'use[2]'],
  'parts of a stranger': [withParts({ member: 'west', parts: 1 }), 'benefit.rule.parts[0].member'],
  'parts of an evaluator': [
    withParts({ member: 'north', parts: 1 }, { member: 'lab', parts: 1 }),
    'benefit.rule.parts[1].member',
  ],
  'parts of a partner twice': [
    withParts({ member: 'north', parts: 1 }, { member: 'north', parts: 1 }),
    'benefit.rule.parts[1].member',
  ],
  'no parts at all': [
    withParts({ member: 'north', parts: 0 }, { member: 'east', parts: 0 }),
    'benefit.rule.parts',
  ],
}
for (const [what, [terms, path]] of Object.entries(unsound)) {
  test(`terms with ${what} are not valid`, () => {
    assert.throws(() => checkTerms(terms, roster), { code: 'agreement-invalid', path, hint: /./ })
  })
}

test('a roster without a partner binds nobody', () => {
  const empty: Roster = { ...roster, members: roster.members.slice(3) }
  const terms = { ...agreement, roster: digestOfDocument(empty) }
  assert.throws(() => checkTerms(terms, empty), { code: 'agreement-invalid', path: 'roster' })
})
