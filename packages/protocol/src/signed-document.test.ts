import assert from 'node:assert/strict'
import test from 'node:test'
import { canonicalJson } from '@consort/basics'
import { z } from 'zod'
import { digestOfBytes } from './digest-of.ts'
import { createKeyPair, verifySignature } from './keys.ts'
import {
  digestOfDocument,
  documentSignatureHolds,
  signDocument,
  signedSchema,
  signersOf,
} from './signed-document.ts'

const alice = createKeyPair()
const bob = createKeyPair()
const mallory = createKeyPair()
const document = { kind: 'note', text: 'ä', list: [1, { b: 2, a: 1 }] }

test('everyone who signed is found, each once, whatever stands beside', () => {
  const ofAlice = signDocument(document, alice)
  const ofBob = signDocument(document, bob)
  const forged = { key: mallory.publicKey, signature: ofBob.signature }
  assert.deepEqual(
    [...signersOf({ document, signatures: [ofAlice, forged, ofBob, ofAlice] })].sort(),
    [alice.publicKey, bob.publicKey].sort(),
  )
  assert.equal(signersOf({ document, signatures: [] }).size, 0)
  assert.equal(signersOf({ document, signatures: [forged] }).size, 0)
})

test('a signature survives the wire and another order of the keys', () => {
  const signature = signDocument(document, alice)
  const rebuilt = { list: [1, { a: 1, b: 2 }], text: 'ä', kind: 'note' }
  assert.equal(documentSignatureHolds(rebuilt, signature), true)
  assert.equal(documentSignatureHolds(JSON.parse(JSON.stringify(document)), signature), true)
})

const alterations: Record<string, { kind: string }> = {
  'another text': { ...document, text: 'a' } as { kind: string },
  'another kind': { ...document, kind: 'roster' },
  'one field more': { ...document, extra: null } as { kind: string },
  'one field less': { kind: document.kind, list: document.list } as { kind: string },
  'another order in a list': { ...document, list: [{ b: 2, a: 1 }, 1] } as { kind: string },
  'a number as text': { ...document, list: ['1', { b: 2, a: 1 }] } as { kind: string },
}
for (const [what, altered] of Object.entries(alterations)) {
  test(`a signature does not hold under ${what}`, () => {
    assert.equal(documentSignatureHolds(altered, signDocument(document, alice)), false)
    assert.notEqual(digestOfDocument(altered), digestOfDocument(document))
  })
}

test('signatures that changed places do not hold', () => {
  const [a, b] = [signDocument(document, alice), signDocument(document, bob)]
  const signatures = [
    { key: a.key, signature: b.signature },
    { key: b.key, signature: a.signature },
  ]
  assert.equal(signersOf({ document, signatures }).size, 0)
})

test('what is signed is a label, the kind and the canonical text, so that no other use of the key fits', () => {
  const { signature } = signDocument(document, alice)
  const text = canonicalJson(document)
  const signed = Buffer.from(`consort-document\nnote\n${text}`)
  assert.equal(verifySignature(alice.publicKey, signed, signature), true)
  assert.equal(verifySignature(alice.publicKey, Buffer.from(text), signature), false)
  assert.equal(
    documentSignatureHolds(document, { key: alice.publicKey, signature: alice.sign(Buffer.from(text)) }),
    false,
  )
})

test('a kind cannot be made up so that two documents are signed alike', () => {
  const inner = { kind: 'note', text: 'x' }
  const outer = { kind: `note\n${canonicalJson(inner)}`, text: 'x' }
  assert.equal(documentSignatureHolds(outer, signDocument(inner, alice)), false)
  assert.equal(documentSignatureHolds(inner, signDocument(outer, alice)), false)
})

test('the digest names the text, whoever signed it', () => {
  assert.equal(digestOfDocument(document), digestOfBytes(Buffer.from(canonicalJson(document))))
  assert.equal(
    digestOfDocument({ list: document.list, text: 'ä', kind: 'note' } as never),
    digestOfDocument(document),
  )
})

test('the schema takes a document and its signatures, and nothing beside them', () => {
  const schema = signedSchema(z.strictObject({ kind: z.literal('note'), text: z.string() }))
  const good = { document: { kind: 'note', text: 'x' }, signatures: [] }
  assert.deepEqual(schema.parse(good), good)
  const signature = signDocument(document, alice)
  const wrong = [
    { ...good, extra: 1 },
    { document: good.document },
    { ...good, document: { ...good.document, kind: 'roster' } },
    { ...good, signatures: [{ ...signature, by: 'alice' }] },
    { ...good, signatures: [{ key: signature.key }] },
    { ...good, signatures: [{ ...signature, signature: `${signature.signature}==` }] },
    { ...good, signatures: Array.from({ length: 1002 }, () => signature) },
  ]
  for (const value of wrong)
    assert.equal(schema.safeParse(value).success, false, JSON.stringify(value).slice(0, 200))
})
