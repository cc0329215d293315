import assert from 'node:assert/strict'
import test from 'node:test'
import {
  type Agreement,
  createKeyPair,
  digestOfDocument,
  signDocument,
  signedAgreementSchema,
} from '@consort/protocol'
import { agreement, keys, roster, signedBy, withBenefit } from '../testing/clinics.ts'
import { checkAgreement, checkAmendment, missingAgreementSigners } from './check-agreement.ts'

const { hub, north, south, east, lab } = keys
const complete = signedBy(agreement, hub, north, south, east)

test('an agreement that the hub and every partner signed is one to act on, after the wire too', () => {
  assert.doesNotThrow(() => checkAgreement(complete, roster))
  assert.doesNotThrow(() =>
    checkAgreement(signedAgreementSchema.parse(JSON.parse(JSON.stringify(complete))), roster),
  )
})

test('every missing signature is named; evaluators need not sign, nor can they stand in', () => {
  const signers = { hub, north, south, east }
  for (const name of Object.keys(signers)) {
    const others = Object.entries(signers).filter(([other]) => other !== name)
    const signed = signedBy(agreement, ...others.map(([, key]) => key), lab)
    assert.deepEqual(missingAgreementSigners(signed, roster), [name])
    assert.throws(() => checkAgreement(signed, roster), {
      code: 'agreement-unsigned',
      message: new RegExp(`: ${name}$`),
      hint: /agreement sign/,
    })
  }
  assert.deepEqual(missingAgreementSigners(signedBy(agreement), roster), ['hub', 'north', 'south', 'east'])
})

test('a signature of another version, of a stranger or under another key does not fill a gap', () => {
  const older = signDocument({ ...agreement, version: 7 } as Agreement, south)
  const swapped = { key: south.publicKey, signature: signDocument(agreement, north).signature }
  const stranger = signDocument(agreement, createKeyPair())
  const others = signedBy(agreement, hub, north, east).signatures
  for (const signature of [older, swapped, stranger]) {
    const signed = { document: agreement, signatures: [...others, signature] }
    assert.throws(() => checkAgreement(signed, roster), { code: 'agreement-unsigned', message: /: south$/ })
  }
})

const parts = [
  { member: 'north', parts: 1 },
  { member: 'north', parts: 2 },
]
const alterations: Record<string, [Agreement, string]> = {
  'another consortium': [{ ...agreement, consortium: 'banks' }, 'consortium'],
  'another roster': [
    { ...agreement, roster: digestOfDocument({ ...roster, version: 4 } as typeof roster) },
    'roster',
  ],
  'a name twice in the parts': [
    withBenefit({ rule: { kind: 'fixed', parts } }),
    'benefit.rule.parts[1].member',
  ],
  'a stranger who may use the model': [{ ...agreement, use: ['west'] }, 'use[0]'],
}
for (const [what, [document, path]] of Object.entries(alterations)) {
  test(`an agreement with ${what} is refused though all signed it`, () => {
    assert.throws(() => checkAgreement(signedBy(document, hub, north, south, east), roster), {
      code: 'agreement-altered',
      path,
    })
  })
}

const second: Agreement = { ...agreement, version: 2, previous: digestOfDocument(agreement) }

test('a version that names the one in force follows it; the first names none', () => {
  assert.doesNotThrow(() => checkAmendment(agreement, null))
  assert.doesNotThrow(() => checkAmendment(second, agreement))
})

test('numbers that void proposals used up are left out', () => {
  assert.doesNotThrow(() => checkAmendment({ ...agreement, version: 3 }, null))
  assert.doesNotThrow(() => checkAmendment({ ...second, version: 5 }, agreement))
})

const noAmendments: Record<string, [Agreement, Agreement | null, string]> = {
  'an equal number': [{ ...second, version: 1 }, agreement, 'version'],
  'an older number': [{ ...second, version: 4 }, { ...agreement, version: 5 }, 'version'],
  'a first version with one before it': [{ ...agreement, previous: second.previous }, null, 'previous'],
  'a second version without one before it': [{ ...second, previous: null }, agreement, 'previous'],
  'a version after another text': [second, { ...agreement, statistics: false }, 'previous'],
  'another consortium': [{ ...second, consortium: 'banks' }, agreement, 'consortium'],
}
for (const [what, [next, inForce, path]] of Object.entries(noAmendments)) {
  test(`${what} is no amendment`, () => {
    assert.throws(() => checkAmendment(next, inForce), { code: 'agreement-altered', path, hint: /./ })
  })
}
