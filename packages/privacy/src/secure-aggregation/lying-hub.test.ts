import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import test from 'node:test'
import {
  type Advertisement,
  digestOfBytes,
  isRefusal,
  type KeyList,
  type RefusalCode,
} from '@consort/protocol'
import { createCohort, entropyOf, identityOf } from '../testing/cohort.ts'
import { colludersMax } from '../testing/colluders-max.ts'
import { defaultUpdate, honestRound } from '../testing/honest-round.ts'
import { plainInput } from '../testing/plain-sum.ts'
import { privateKeyOf, publicTextOf } from './keys/agreement-key.ts'
import { derivePairKey, type PairEnd } from './keys/derive-key.ts'
import { expandSecrets } from './keys/member-secrets.ts'
import { pairMask } from './keys/pair-mask.ts'
import { openShares, type SharePair, sealShares } from './keys/sealed-shares.ts'
import { octetsOfText, textOfOctets } from './octets.ts'
import { advertiseKeys } from './participant/advertise-keys.ts'
import { findAttempt } from './participant/find-attempt.ts'
import { isAnswered } from './participant/is-answered.ts'
import { maskInput } from './participant/mask-input.ts'
import { shareKeys } from './participant/share-keys.ts'
import { signSurvivors } from './participant/sign-survivors.ts'
import { unmask } from './participant/unmask.ts'
import { type Mask, openMasks } from './ring/keystream.ts'
import { addPacked } from './ring/pack.ts'
import { digestOfContext, type RoundContext } from './round-context.ts'
import { signText } from './signed-texts.ts'
import { membersMax, membersMin, thresholdOf } from './threshold.ts'

/**
 * What a malicious hub tries, against members that follow the protocol. Each trick works where the guard is taken away.
 */
const cohort = createCohort(7, { members: 4 })
const { context, identity } = cohort
const round = honestRound(cohort)
const [a, b, c, d] = cohort.names as [string, string, string, string]
const refuses = (act: () => unknown, code: RefusalCode): void =>
  assert.throws(act, (error: unknown) => isRefusal(error, code))

function replaced(list: KeyList, member: string, by: Advertisement): KeyList {
  return { ...list, advertisements: list.advertisements.map(it => (it.member === member ? by : it)) }
}
const list: KeyList = {
  kind: 'key-list',
  context: digestOfContext(context),
  advertisements: round.hub.keys.advertisements,
}
const ownState = round.advertised.get(a)!
const keysOf = (name: string): Advertisement => round.advertised.get(name)!.message

test('another model for some members: their keys do not pass, and their masks would not cancel', () => {
  const other: RoundContext = { ...context, model: digestOfBytes(Buffer.from('a model that only b sees')) }
  const elsewhere = advertiseKeys(other, { self: b, identity: identity(b), entropy: entropyOf('b') })
  refuses(() => shareKeys(ownState, replaced(list, b, elsewhere.message), identity(a)), 'digest-mismatch')
  const relabelled = { ...elsewhere.message, context: list.context }
  refuses(() => shareKeys(ownState, replaced(list, b, relabelled), identity(a)), 'signature-invalid')

  const left = (contextOfB: RoundContext): number[] => {
    const [keyA, keyB] = [privateKeyOf(new Uint8Array(32).fill(3)), privateKeyOf(new Uint8Array(32).fill(4))]
    const [endA, endB] = [
      { name: a, key: publicTextOf(keyA) },
      { name: b, key: publicTextOf(keyB) },
    ]
    const sum = new Uint32Array(8)
    openMasks([
      pairMask(keyA, { own: endA, peer: endB, context: digestOfContext(context) }),
      pairMask(keyB, { own: endB, peer: endA, context: digestOfContext(contextOfB) }),
    ]).addTo(sum)
    return [...sum]
  }
  assert.deepEqual(left(context), [0, 0, 0, 0, 0, 0, 0, 0])
  const changes: Partial<RoundContext>[] = [
    { model: other.model },
    { recipe: other.model },
    { roster: other.model },
    { agreement: other.model },
    { round: 2 },
    { attempt: 2 },
    { run: 'another' },
    { clip: 1 },
  ]
  for (const change of changes)
    assert.ok(
      left({ ...context, ...change }).every(value => value !== 0),
      JSON.stringify(change),
    )
})

test('invented partners: names and identities come from the roster alone', () => {
  const invented = { ...keysOf(d), member: 'zeta' }
  refuses(() => shareKeys(ownState, replaced(list, d, invented), identity(a)), 'caller-unknown')
  const sybil = identityOf('of the hub')
  const { kind: _, signature: __, ...keys } = keysOf(d)
  const forged = { ...keysOf(d), signature: signText({ kind: 'secure-aggregation-keys', ...keys }, sybil) }
  refuses(() => shareKeys(ownState, replaced(list, d, forged), identity(a)), 'signature-invalid')
  const entropy = entropyOf('x')
  refuses(() => advertiseKeys(context, { self: a, identity: sybil, entropy }), 'roster-altered')
})

test('substituted keys: refused, and with a forged identity they would open the shares', () => {
  const hubKey = privateKeyOf(new Uint8Array(32).fill(9))
  const { kind: _, signature: __, ...keys } = { ...keysOf(d), sealKey: publicTextOf(hubKey) }
  refuses(
    () => shareKeys(ownState, replaced(list, d, { ...keysOf(d), ...keys }), identity(a)),
    'signature-invalid',
  )

  // The guard taken away: the hub holds d's identity. Then it reads what a seals for d.
  const signature = signText({ kind: 'secure-aggregation-keys', ...keys }, identity(d))
  const fooled = shareKeys(
    ownState,
    replaced(list, d, { kind: 'advertisement', ...keys, signature }),
    identity(a),
  )
  const [from, to] = [
    { name: a, key: keysOf(a).sealKey },
    { name: d, key: keys.sealKey },
  ]
  const key = derivePairKey(hubKey, { context: list.context, use: 'seal', pair: [from, to], peer: from })
  const sealed = (state: typeof fooled): string => state.message.shares.find(share => share.to === d)!.sealed
  assert.equal(
    openShares(sealed(fooled), { key, context: list.context, from: a, to: d })['mask-key'].share.length,
    43,
  )
  const honest = sealed(round.shared.get(a)!)
  refuses(() => openShares(honest, { key, context: list.context, from: a, to: d }), 'value-invalid')
})

test('keys of an earlier attempt, of nobody in the list, twice, too few, or of small order', () => {
  const next = { ...context, attempt: 2 }
  const entropy = entropyOf('next')
  const state = advertiseKeys(next, { self: a, identity: identity(a), entropy })
  const nextList = {
    ...list,
    context: digestOfContext(next),
    advertisements: [state.message, keysOf(b), keysOf(c)],
  }
  refuses(() => shareKeys(state, nextList, identity(a)), 'digest-mismatch')
  refuses(() => shareKeys(state, list, identity(a)), 'digest-mismatch')

  const { advertisements } = list
  refuses(
    () => shareKeys(ownState, { ...list, advertisements: advertisements.slice(1) }, identity(a)),
    'value-invalid',
  )
  refuses(
    () => shareKeys(ownState, { ...list, advertisements: advertisements.slice(0, 2) }, identity(a)),
    'not-allowed',
  )
  const twice = [...advertisements.slice(0, 3), keysOf(b)]
  refuses(() => shareKeys(ownState, { ...list, advertisements: twice }, identity(a)), 'value-invalid')

  const { kind: _, signature: __, ...keys } = { ...keysOf(d), maskKey: textOfOctets(new Uint8Array(32)) }
  const signature = signText({ kind: 'secure-aggregation-keys', ...keys }, identity(d))
  const degenerate = replaced(list, d, { kind: 'advertisement', ...keys, signature })
  refuses(() => shareKeys(ownState, degenerate, identity(a)), 'value-invalid')
})

test('shares of another attempt, or sealed for somebody else, are not read', () => {
  const state = round.shared.get(a)!
  const delivery = { kind: 'share-delivery', context: list.context } as const
  const from = (name: string, to: string) => ({
    from: name,
    sealed: round.shared.get(name)!.message.shares.find(share => share.to === to)!.sealed,
  })
  const update = new Float32Array(context.values)
  const masked = (shares: ReturnType<typeof from>[]) =>
    maskInput(state, { ...delivery, shares }, { update, identity: identity(a) }).state.message.unreadable
  assert.deepEqual(masked([from(b, a), from(c, a), from(d, a)]), [])
  assert.deepEqual(masked([from(b, c), from(c, a), from(d, a)]), [b])
  const earlier = honestRound({ ...cohort, context: { ...context, attempt: 2 } }).shared.get(b)!.message
    .shares
  assert.deepEqual(masked([{ from: b, sealed: earlier[0]!.sealed }, from(c, a), from(d, a)]), [b])
  const unsigned = { from: b, sealed: resealed(b, a, pair => ({ ...pair, 'mask-key': pair['self-mask'] })) }
  assert.deepEqual(masked([unsigned, from(c, a), from(d, a)]), [b])
  assert.deepEqual(masked([{ from: b, sealed: resealed(b, a, pair => pair) }, from(c, a), from(d, a)]), [])
  refuses(() => masked([from(b, a), from(b, a), from(c, a)]), 'value-invalid')
  refuses(() => masked([from(b, a)]), 'not-allowed')
})

/** What `dealer` sealed for `to`, opened, changed and sealed again with the dealer's own key. */
function resealed(dealer: string, to: string, change: (pair: SharePair) => SharePair): string {
  const { sealKey } = expandSecrets(round.shared.get(dealer)!.seed, list.context)
  const ends = [dealer, to].map(name => ({ name, key: keysOf(name).sealKey })) as [PairEnd, PairEnd]
  const key = derivePairKey(sealKey, { context: list.context, use: 'seal', pair: ends, peer: ends[1] })
  const seal = { key, context: list.context, from: dealer, to }
  const { sealed } = round.shared.get(dealer)!.message.shares.find(share => share.to === to)!
  return sealShares(change(openShares(sealed, seal)), seal)
}

test('survivor lists: one per attempt, of those who dealt, with this node, and not below the threshold', () => {
  const state = round.masked.get(a)!
  const proper = round.hub.inputs.list
  const sign = (change: Partial<typeof proper>) => signSurvivors(state, { ...proper, ...change }, identity(a))
  refuses(() => sign({ survivors: [b, c, d] }), 'state-conflict')
  refuses(() => sign({ survivors: [a, b] }), 'state-conflict')
  refuses(() => sign({ survivors: [a, a, b, c] }), 'state-conflict')
  refuses(() => sign({ survivors: [a, b, 'zeta'] }), 'state-conflict')
  refuses(() => sign({ dealers: [a, b, c], survivors: [a, b, c] }), 'state-conflict')
  const signed = sign({ survivors: [a, b, c] })
  refuses(() => isAnswered(signed, proper), 'state-conflict')
  assert.equal(isAnswered(signed, { ...proper, survivors: [a, b, c] }), true)
})

test('different lists for different members: nobody opens anything', () => {
  const { list: proper } = round.hub.inputs
  const survivorsOf = { [a]: [a, b, c], [b]: [a, b, c], [c]: cohort.names, [d]: cohort.names }
  const states = cohort.names.map(name =>
    signSurvivors(round.masked.get(name)!, { ...proper, survivors: [...survivorsOf[name]!] }, identity(name)),
  )
  const signatures = states.map(({ message: { member, signature } }) => ({ member, signature }))
  const proof = { kind: 'survivor-proof', context: list.context, signatures } as const
  for (const state of states) refuses(() => unmask(state, proof), 'state-conflict')
  const repeated = { ...proof, signatures: [0, 1, 0, 1].map(index => signatures[index]!) }
  refuses(() => unmask(states[0]!, repeated), 'state-conflict')
  assert.equal(unmask(round.consistent.get(a)!, round.hub.signatures.proof).stage, 'unmasked')
})

test('two lists cannot both gather a threshold of signatures, as long as few enough collude', () => {
  const bothPass = (members: number, threshold: number, colluders: number): boolean =>
    2 * (threshold - colluders) <= members - colluders
  for (let members = membersMin; members <= membersMax; members++) {
    const colluders = colludersMax(members)
    assert.ok(colluders >= 0)
    assert.ok(!bothPass(members, thresholdOf(members), colluders), `${members} members`)
    assert.ok(thresholdOf(members) - colluders >= 3)
    assert.ok(bothPass(members, Math.floor(members / 2), 0), 'half would not be enough')
  }
  assert.deepEqual(
    [4, 5, 10, 100].map(members => colludersMax(members)),
    [0, 1, 3, 33],
  )
  assert.deepEqual(
    [4, 10].map(members => members - thresholdOf(members)),
    [1, 3],
  )
})

test('both shares of one partner: the second is nowhere any more', () => {
  const before = round.consistent.get(a)!
  const after = JSON.stringify(round.unmasked.get(a)!)
  for (const held of before.held) {
    assert.ok(after.includes(held['self-mask'].share))
    assert.ok(!after.includes(held['mask-key'].share))
    assert.ok(
      JSON.stringify(before).includes(held['mask-key'].share),
      'what a state that keeps it looks like',
    )
  }
  refuses(
    () => isAnswered(round.unmasked.get(a)!, { ...round.hub.signatures.proof, signatures: [] }),
    'state-conflict',
  )
})

test('a second opening for one round: refused in every later attempt; before the opening, new keys', () => {
  const again = { ...context, attempt: 2 }
  refuses(() => findAttempt([round.unmasked.get(a)!], again), 'state-conflict')
  assert.equal(findAttempt([round.consistent.get(a)!], again), undefined)
  assert.equal(findAttempt([round.unmasked.get(a)!], { ...context, round: 2 }), undefined)
  assert.equal(findAttempt([round.consistent.get(a)!], context), round.consistent.get(a))
  const lying = { ...context, model: digestOfBytes(Buffer.from('other')) }
  refuses(() => findAttempt([round.advertised.get(a)!], lying), 'state-conflict')
  const late = advertiseKeys(again, { self: a, identity: identity(a), entropy: entropyOf('again') })
  refuses(() => findAttempt([round.masked.get(a)!, late], context), 'state-conflict')
})

test('one key for two vectors gives away their difference; another attempt takes other masks, even under one seed', () => {
  const difference = (attempt: number): { seen: number[]; real: number[] } => {
    const second = honestRound(
      { ...cohort, context: { ...context, attempt } },
      { updateOf: () => new Float32Array(context.values) },
    )
    const [seen, real] = [new Uint32Array(context.values), new Uint32Array(context.values)]
    addPacked(seen, { bytes: second.vectors.get(a)!, offset: 0, bits: 18 })
    const first = new Uint32Array(context.values)
    addPacked(first, { bytes: round.vectors.get(a)!, offset: 0, bits: 18 })
    const update = Float32Array.from(
      { length: context.values },
      (_, index) => context.clip * Math.sin(index + 1),
    )
    const inputs = [
      plainInput(second.shared.get(a)!, new Float32Array(context.values)),
      plainInput(round.shared.get(a)!, update),
    ]
    return {
      seen: [...seen].map((value, index) => (value - first[index]!) & (2 ** 18 - 1)),
      real: [...real].map((_, index) => (inputs[0]![index]! - inputs[1]![index]!) & (2 ** 18 - 1)),
    }
  }
  const [first, second] = [1, 2].map(attempt =>
    expandSecrets(textOfOctets(new Uint8Array(32)), digestOfContext({ ...context, attempt })),
  )
  assert.notDeepEqual(first!.shared, second!.shared)
  const reused = difference(1)
  assert.deepEqual(reused.seen, reused.real)
  const fresh = difference(2)
  assert.ok(fresh.seen.filter((value, index) => value === fresh.real[index]).length < 3)
})

test('a source with few seeds is found from the public keys alone; 256 bits are not', () => {
  // Nine bits for the sake of time: 32 are hours on one machine.
  const space = 2 ** 9
  const weak = (seed: number) => ({
    bytes: (count: number) =>
      new Uint8Array(count)
        .fill(0)
        .with(0, seed & 255)
        .with(1, seed >> 8),
  })
  const found = (maskKey: string): number | undefined => {
    for (let guess = 0; guess < space; guess++) {
      const { maskKey: key } = expandSecrets(textOfOctets(weak(guess).bytes(32)), list.context)
      if (publicTextOf(key) === maskKey) return guess
    }
    return undefined
  }
  const advertise = (entropy: { bytes(count: number): Uint8Array }) =>
    advertiseKeys(context, { self: a, identity: identity(a), entropy }).message.maskKey
  assert.equal(found(advertise(weak(333))), 333)
  assert.equal(found(advertise({ bytes: randomBytes })), undefined)
})

test('all that the hub has opened does not uncover one vector; with one more mask key it would', () => {
  const { end } = round.hub
  assert.ok(end.stage === 'opened')
  const plain = plainInput(round.shared.get(a)!, defaultUpdate(cohort, a))
  const matches = (masks: readonly Mask[]): number => {
    const words = new Uint32Array(context.values)
    addPacked(words, { bytes: round.vectors.get(a)!, offset: 0, bits: 18 })
    openMasks(masks.map(({ key, sign }) => ({ key, sign: sign === 1 ? -1 : 1 }))).addTo(words)
    return words.filter((word, index) => (word & (2 ** 18 - 1)) === plain[index]).length
  }
  const selfMask = {
    key: octetsOfText(end.secrets.find(({ member }) => member === a)!.secret),
    sign: 1,
  } as const
  assert.ok(matches([]) < 3)
  assert.ok(matches([selfMask]) < 3)
  const { maskKey } = expandSecrets(round.shared.get(a)!.seed, list.context)
  const own = { name: a, key: keysOf(a).maskKey }
  const pairwise = [b, c, d].map(name =>
    pairMask(maskKey, { own, peer: { name, key: keysOf(name).maskKey }, context: list.context }),
  )
  assert.equal(matches([selfMask, ...pairwise]), context.values)
  assert.ok(matches([selfMask, ...pairwise.slice(1)]) < 3)
})
