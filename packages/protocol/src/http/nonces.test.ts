import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import test from 'node:test'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import type { Entropy } from '@consort/basics'
import { createNonces, type Nonces } from './nonces.ts'

/** Bytes that look random and repeat with the seed. */
function seeded(seed: string): Entropy {
  let calls = 0
  return {
    bytes: count => {
      const hash = createHash('sha512').update(`${seed} ${calls++}`).digest()
      return hash.subarray(0, count)
    },
  }
}

const minute = 60_000
const start = Date.UTC(2026, 0, 1)

function setUp(seed = 'a'): { nonces: Nonces; clock: { now: number } } {
  const clock = { now: start }
  return { nonces: createNonces({ entropy: seeded(seed), nowMs: () => clock.now }), clock }
}

const refused = { name: 'Refusal', code: 'nonce-unknown', hint: /consort-nonce/ }

test('a nonce is taken once', () => {
  const { nonces } = setUp()
  const [first, second] = [nonces.issue(), nonces.issue()]
  assert.notEqual(first, second)
  nonces.spend(second)
  nonces.spend(first)
  for (const spent of [first, second, first]) assert.throws(() => nonces.spend(spent), refused)
})

test('a nonce fits the header and the signature: 48 letters of base64url', () => {
  const { nonces } = setUp()
  for (let count = 0; count < 100; count++) assert.match(nonces.issue(), /^[A-Za-z0-9_-]{48}$/)
})

test('a nonce lives five minutes, whether it is spent late or again', () => {
  const { nonces, clock } = setUp()
  const [early, late, tooLate] = [nonces.issue(), nonces.issue(), nonces.issue()]
  nonces.spend(early)
  clock.now = start + 5 * minute - 1
  nonces.spend(late)
  assert.throws(() => nonces.spend(early), refused)
  clock.now = start + 5 * minute
  assert.throws(() => nonces.spend(tooLate), refused)
  for (const later of [5 * minute, 6 * minute, 100 * minute]) {
    clock.now = start + later
    for (const spent of [early, late]) assert.throws(() => nonces.spend(spent), refused, `after ${later} ms`)
  }
})

test('others that come and go do not bring a spent nonce back', () => {
  const { nonces, clock } = setUp()
  const spent: string[] = []
  for (let second = 0; second < 700; second += 7) {
    clock.now = start + second * 1000
    const nonce = nonces.issue()
    nonces.spend(nonce)
    spent.push(nonce)
    if (second % 35 === 0) for (const old of spent) assert.throws(() => nonces.spend(old), refused)
  }
})

test('what was not issued here is refused', () => {
  const { nonces } = setUp()
  const issued = nonces.issue()
  const bytes = Buffer.from(issued, 'base64url')
  for (let bit = 0; bit < bytes.length * 8; bit++) {
    const forged = Buffer.from(bytes)
    forged[bit >> 3]! ^= 1 << (bit & 7)
    assert.throws(() => nonces.spend(forged.toString('base64url')), refused, `bit ${bit}`)
  }
  for (const text of [
    '',
    'x',
    issued.slice(0, -1),
    issued.slice(4),
    `AAAA${issued}`,
    `${issued}AAAA`,
    'A'.repeat(48),
  ]) {
    assert.throws(() => nonces.spend(text), refused, text)
  }
  nonces.spend(issued) // and none of that has used it up
})

test('a nonce of before a restart, or of another process, is refused', () => {
  const before = setUp('before').nonces.issue()
  const after = setUp('after').nonces
  assert.throws(() => after.spend(before), refused)
  after.spend(after.issue())
})

test('nothing that was spent before a restart can be spent after it', () => {
  const before = setUp('before').nonces
  const spent = before.issue()
  before.spend(spent)
  assert.throws(() => setUp('after').nonces.spend(spent), refused)
})

test('memory stays small: issuing keeps nothing, and what was spent is forgotten when it has expired', () => {
  setFlagsFromString('--expose-gc')
  const collectGarbage = runInNewContext('gc') as () => void
  const { nonces, clock } = setUp()
  const grownBy = (work: () => void): number => {
    collectGarbage() // what ran before is not this work's
    const before = process.memoryUsage().heapUsed
    work()
    collectGarbage()
    return process.memoryUsage().heapUsed - before
  }
  const issueMany = (): void => {
    for (let count = 0; count < 1500; count++) nonces.issue()
  }
  const spendMany = (): void => {
    for (let count = 0; count < 1500; count++) {
      clock.now += 5000 // 60 live at a time
      nonces.spend(nonces.issue())
    }
  }
  grownBy(spendMany)
  assert.ok(grownBy(issueMany) < 80_000)
  const grown = grownBy(spendMany)
  assert.ok(grown < 80_000, `${grown} bytes more after 1500 nonces; all of them would be some 190,000`)
})

test('one nonce cannot be spent again under another spelling', () => {
  const { nonces } = setUp()
  const nonce = nonces.issue()
  nonces.spend(nonce)
  for (const other of [
    `${nonce}A`,
    `${nonce}_`,
    `${nonce}=`,
    `${nonce} `,
    `${nonce.slice(0, 9)}.${nonce.slice(9)}`,
  ]) {
    assert.throws(() => nonces.spend(other), refused, other)
  }
})
