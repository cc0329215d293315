import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import test from 'node:test'
import { createId, type Entropy, type IdKind, idSchema, nameSchema } from './id.ts'

const kinds: IdKind[] = ['member', 'invite', 'run', 'task', 'card', 'version']
const random: Entropy = { bytes: count => randomBytes(count) }
const counting: Entropy = { bytes: count => Uint8Array.from({ length: count }, (_, index) => index + 16) }

test('an identifier is made of its kind and the entropy, five bits of each byte', () => {
  assert.equal(createId('run', counting), 'run_ghjkmnpqrstvwxyz')
  assert.equal(
    createId('member', { bytes: count => new Uint8Array(count).fill(255) }),
    'mem_zzzzzzzzzzzzzzzz',
  )
})

test('an identifier passes the schema of its own kind and of no other', () => {
  for (const kind of kinds) {
    const id = createId(kind, random)
    for (const other of kinds) assert.equal(idSchema(other).safeParse(id).success, kind === other, id)
  }
})

test('identifiers do not repeat, and every letter of the alphabet is used', () => {
  const ids = Array.from({ length: 300 }, () => createId('task', random))
  assert.equal(new Set(ids).size, ids.length)
  assert.equal(new Set(ids.flatMap(id => [...id.slice(4)])).size, 32)
})

test('what is nearly an identifier is none', () => {
  const good = 'run_0123456789abcdef'
  assert.equal(idSchema('run').safeParse(good).success, true)
  const wrong = [`${good}0`, good.slice(0, -1), `${good}\n`, `x${good}`, good.toUpperCase(), '', null]
  const letters = [...'ilou'].map(letter => good.replace('a', letter)) // left out: they are misread
  for (const value of [...wrong, ...letters]) {
    assert.equal(idSchema('run').safeParse(value).success, false, String(value))
  }
})

test('names are short and safe in files, URLs and shells', () => {
  for (const name of ['a', '0', 'hospital-7', 'a-', 'a--b', 'a'.repeat(48)]) {
    assert.equal(nameSchema.safeParse(name).success, !name.endsWith('-'), name)
  }
  const wrong = ['', '-a', 'A', 'a_b', 'a.b', 'a b', 'a/b', '..', 'ä', 'a\n', 'a'.repeat(49), '-', null, 1]
  for (const name of wrong) assert.equal(nameSchema.safeParse(name).success, false, String(name))
})
