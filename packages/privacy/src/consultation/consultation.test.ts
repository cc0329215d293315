import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { readFileSync } from 'node:fs'
import test from 'node:test'
import { consultationSizes, type Entropy, isRefusal } from '@consort/protocol'
import { type ConsultationKeys, consultationKeys } from './consultation-keys.ts'
import type { MessageBinding } from './message-binding.ts'
import { pad, sealBytes, unpad } from './pad.ts'
import { openMessage, sealMessage } from './seal.ts'

const reference = JSON.parse(readFileSync(new URL('./fixtures/reference.json', import.meta.url), 'utf8'))
const fromHex = (text: string) => new Uint8Array(Buffer.from(text, 'hex'))
const keysOf = (name: string): Promise<ConsultationKeys> => consultationKeys(fromHex(reference.secrets[name]))
const [sender, recipient, stranger] = (await Promise.all(
  ['sender', 'recipient', 'ephemeral'].map(keysOf),
)) as [ConsultationKeys, ConsultationKeys, ConsultationKeys]
const binding: MessageBinding = reference.binding
const system: Entropy = { bytes: count => randomBytes(count) }
const isInvalid = { name: 'Refusal', code: 'value-invalid' }

const seal = (plain: Uint8Array, entropy = system) =>
  sealMessage(plain, { binding, sender, recipient: recipient.publicKey, entropy })
const open = (sealed: Uint8Array, change: Partial<Parameters<typeof openMessage>[1]> = {}) =>
  openMessage(sealed, { binding, recipient, sender: sender.publicKey, ...change })

test('keys are derived as RFC 9180 derives them (appendix A.1.3: ikmR and pkRm)', async () => {
  const { publicKey } = await consultationKeys(
    fromHex('f1d4a30a4cef8d6d4e3b016e6fd3799ea057db4f345472ed302a67ce1c20cdec'),
  )
  const expected = '1632d5c2f71c2b38d0a8fcc359355200caa8b1ffdf28618080466c909cb69b2e'
  assert.equal(Buffer.from(publicKey, 'base64url').toString('hex'), expected)
})

test('a message is sealed bit for bit as another implementation seals it, and opened', async () => {
  const entropy: Entropy = { bytes: () => fromHex(reference.secrets.ephemeral) }
  const sealed = await seal(Buffer.from(reference.plain), entropy)
  assert.equal(Buffer.from(sealed).toString('hex'), reference.sealed)
  assert.equal(Buffer.from(await open(fromHex(reference.sealed))).toString(), reference.plain)
})

test('it opens in its own place only, for its receiver only, and only if its sender sealed it', async () => {
  const sealed = await seal(Buffer.from('secret'))
  assert.equal(Buffer.from(await open(sealed)).toString(), 'secret')
  const changes: Partial<MessageBinding>[] = [
    { kind: 'answer' },
    { agreement: `sha256:${'cd'.repeat(32)}` },
    { consultation: 'con_0123456789abcdeg' },
    { from: binding.to },
    { to: binding.from },
    { question: `sha256:${'ab'.repeat(32)}` },
  ]
  assert.deepEqual(changes.flatMap(Object.keys).sort(), Object.keys(binding).sort())
  for (const change of changes)
    await assert.rejects(open(sealed, { binding: { ...binding, ...change } }), isInvalid)
  await assert.rejects(open(sealed, { recipient: stranger }), isInvalid)
  await assert.rejects(open(sealed, { recipient: sender }), isInvalid)
  await assert.rejects(open(sealed, { sender: stranger.publicKey }), isInvalid)
  for (let bit = 0; bit < sealed.length * 8; bit += 97) {
    const changed = Uint8Array.from(sealed)
    changed[bit >> 3]! ^= 1 << (bit & 7)
    await assert.rejects(open(changed), isInvalid, `bit ${bit}`)
  }
  for (const length of [0, 31, 32, 47, sealed.length - 1])
    await assert.rejects(open(sealed.subarray(0, length)), isInvalid)
})

test('nothing of two messages is alike but their size, and that has few values', async () => {
  const lengths = [0, 1, 200, 971, 972, 973, 4044, 4045, 16_000, 65_000, 262_092]
  for (const length of lengths) {
    const plain = randomBytes(length)
    const [one, other] = [await seal(plain), await seal(plain)]
    assert.ok(consultationSizes.includes(one.length), `${length} → ${one.length}`)
    assert.equal(one.length, other.length)
    assert.notDeepEqual(one.subarray(0, 64), other.subarray(0, 64))
    assert.deepEqual(Buffer.from(await open(one)), plain)
  }
  assert.deepEqual(
    [(await seal(randomBytes(972))).length, (await seal(randomBytes(973))).length],
    [1024, 4096],
  )
  await assert.rejects(seal(randomBytes(262_093)), (error: unknown) => {
    assert.ok(isRefusal(error, 'too-large') && error.hint)
    return true
  })
})

test('keys with which everybody would agree on the same are refused', async () => {
  for (const first of [0, 1]) {
    const small = Buffer.from([first, ...new Array(31).fill(0)]).toString('base64url')
    const sealing = sealMessage(new Uint8Array(1), { binding, sender, recipient: small, entropy: system })
    await assert.rejects(sealing, isInvalid)
  }
  const short = sealMessage(new Uint8Array(1), { binding, sender, recipient: 'AAAA', entropy: system })
  await assert.rejects(short, isInvalid)
})

test('padding that is not all zeros, or a length beyond the end, is refused', () => {
  const padded = pad(Buffer.from('case'))
  assert.equal(padded.length, 1024 - sealBytes)
  assert.equal(Buffer.from(unpad(padded)).toString(), 'case')
  const hidden = Uint8Array.from(padded)
  hidden[500] = 1
  assert.throws(() => unpad(hidden), isInvalid)
  const long = Uint8Array.from(padded)
  new DataView(long.buffer).setUint32(0, padded.length - 3)
  assert.throws(() => unpad(long), isInvalid)
  const shifted = Uint8Array.from([9, ...padded]).subarray(1) // not at the start of its memory
  assert.equal(Buffer.from(unpad(shifted)).toString(), 'case')
})
