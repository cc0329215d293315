import assert from 'node:assert/strict'
import test from 'node:test'
import { createId } from '@consort/basics'
import { createKeyPair, type KeyPair, type PublicKey } from '../keys.ts'
import { signDocument } from '../signed-document.ts'
import {
  checkRoster,
  missingSigners,
  type Roster,
  type RosterMember,
  rosterSchema,
  type SignedRoster,
  signedRosterSchema,
} from './roster.ts'

const [hub, north, south, lab] = [createKeyPair(), createKeyPair(), createKeyPair(), createKeyPair()]

function member(name: string, key: PublicKey, role: RosterMember['role'] = 'partner'): RosterMember {
  const id = createId('member', { bytes: count => Buffer.from(name.padEnd(count)) })
  return { id, name, role, key }
}

const roster: Roster = {
  kind: 'roster',
  consortium: 'clinics',
  version: 3,
  previous: `sha256:${'0'.repeat(64)}`,
  hub: hub.publicKey,
  members: [
    member('north', north.publicKey),
    member('south', south.publicKey),
    member('lab', lab.publicKey, 'evaluator'),
  ],
}

function signedBy(document: Roster, ...keys: KeyPair[]): SignedRoster {
  return { document, signatures: keys.map(key => signDocument(document, key)) }
}

const complete = signedBy(roster, hub, north, south, lab)
const pinned = { hub: hub.publicKey, self: south.publicKey }

test('a roster of the pinned hub that everyone signed is one to act on', () => {
  assert.doesNotThrow(() => checkRoster(complete, pinned))
  assert.doesNotThrow(() =>
    checkRoster(signedRosterSchema.parse(JSON.parse(JSON.stringify(complete))), pinned),
  )
  assert.deepEqual(missingSigners(complete), [])
})

test('another hub is refused, even when everyone signed', () => {
  const other = createKeyPair()
  const document = { ...roster, hub: other.publicKey }
  const signed = signedBy(document, other, hub, north, south, lab)
  assert.throws(() => checkRoster(signed, pinned), {
    code: 'roster-altered',
    message: /another hub/,
    hint: /fingerprint/,
  })
})

test('a roster without this node, or with another key under its name, is refused', () => {
  const without = { ...roster, members: roster.members.filter(({ name }) => name !== 'south') }
  assert.throws(() => checkRoster(signedBy(without, hub, north, lab), pinned), { code: 'roster-altered' })
  const other = createKeyPair()
  const replaced = { ...roster, members: roster.members.with(1, member('south', other.publicKey)) }
  assert.throws(() => checkRoster(signedBy(replaced, hub, north, other, lab), pinned), {
    code: 'roster-altered',
  })
})

test('a key or a name that stands there twice is refused', () => {
  const key = { ...roster, members: [...roster.members, member('again', north.publicKey)] }
  assert.throws(() => checkRoster(signedBy(key, hub, north, south, lab), pinned), {
    code: 'roster-altered',
    message: /twice/,
  })
  const fourth = createKeyPair()
  const name = {
    ...roster,
    members: [...roster.members, { ...member('x', fourth.publicKey), name: 'north' }],
  }
  assert.throws(() => checkRoster(signedBy(name, hub, north, south, lab, fourth), pinned), {
    code: 'roster-altered',
    message: /twice/,
  })
})

test('one identifier cannot stand for two members', () => {
  const fourth = createKeyPair()
  const twin = { ...member('x', fourth.publicKey), id: roster.members[0]!.id }
  const document = { ...roster, members: [...roster.members, twin] }
  assert.throws(() => checkRoster(signedBy(document, hub, north, south, lab, fourth), pinned), {
    code: 'roster-altered',
  })
})

test('one key cannot stand for two members by another spelling', () => {
  const letters = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'
  const key: PublicKey =
    `${north.publicKey.slice(0, -1)}${letters[letters.indexOf(north.publicKey.at(-1)!) + 1]}` as PublicKey
  const document = { ...roster, members: [...roster.members, member('twin', key)] }
  const signed = signedBy(document, hub, north, south, lab)
  const ofTwin = { ...signDocument(document, north), key }
  assert.throws(() => checkRoster({ document, signatures: [...signed.signatures, ofTwin] }, pinned))
})

test('every missing signature is named, the hub’s too', () => {
  const keys = [hub, north, south, lab]
  const names = ['hub', 'north', 'south', 'lab']
  for (const [index, name] of names.entries()) {
    const signed = signedBy(roster, ...keys.toSpliced(index, 1))
    assert.deepEqual(missingSigners(signed), [name])
    assert.throws(() => checkRoster(signed, pinned), {
      code: 'roster-unsigned',
      message: new RegExp(`: ${name}$`),
    })
  }
  assert.deepEqual(missingSigners(signedBy(roster)), names)
})

test('a signature of someone else, of another version or of a stranger does not fill a gap', () => {
  const older = signDocument({ ...roster, version: 2 } as Roster, south)
  const swapped = { key: south.publicKey, signature: signDocument(roster, north).signature }
  const stranger = signDocument(roster, createKeyPair())
  const others = signedBy(roster, hub, north, lab).signatures
  for (const signature of [older, swapped, stranger]) {
    assert.throws(() => checkRoster({ document: roster, signatures: [...others, signature] }, pinned), {
      code: 'roster-unsigned',
      message: /south/,
    })
  }
})

const alterations: Record<string, Roster> = {
  version: { ...roster, version: 4 },
  'previous version': { ...roster, previous: null },
  consortium: { ...roster, consortium: 'banks' },
  role: { ...roster, members: roster.members.with(0, { ...roster.members[0]!, role: 'evaluator' }) },
  name: { ...roster, members: roster.members.with(0, { ...roster.members[0]!, name: 'nord' }) },
  order: { ...roster, members: roster.members.toReversed() },
  key: { ...roster, members: roster.members.with(0, member('north', createKeyPair().publicKey)) },
}
for (const [what, document] of Object.entries(alterations)) {
  test(`signatures do not carry over to a roster with another ${what}`, () => {
    assert.throws(() => checkRoster({ document, signatures: complete.signatures }, pinned), {
      code: 'roster-unsigned',
    })
  })
}

test('the schema is strict', () => {
  assert.deepEqual(rosterSchema.parse(roster), roster)
  const wrong: unknown[] = [
    { ...roster, kind: 'task' },
    { ...roster, version: 0 },
    { ...roster, version: 1.5 },
    { ...roster, previous: undefined },
    { ...roster, previous: 'sha256:0' },
    { ...roster, members: [{ ...roster.members[0], role: 'hub' }] },
    { ...roster, members: [{ ...roster.members[0], id: 'run_0000000000000000' }] },
    { ...roster, members: [{ ...roster.members[0], weight: 2 }] },
    { ...roster, note: 'x' },
  ]
  for (const value of wrong) assert.equal(rosterSchema.safeParse(value).success, false, JSON.stringify(value))
})

test('the largest roster that the schema allows can be signed by all', () => {
  const key = createKeyPair().publicKey
  const members = Array.from({ length: 1000 }, (_, index) => member(String(index), key))
  const document = rosterSchema.parse({ ...roster, members })
  const signature = signDocument(roster, hub)
  const signed = { document, signatures: Array.from({ length: 1001 }, () => signature) }
  assert.equal(signedRosterSchema.safeParse(signed).success, true)
})
