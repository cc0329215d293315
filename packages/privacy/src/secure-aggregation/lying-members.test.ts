import assert from 'node:assert/strict'
import test from 'node:test'
import { isRefusal, Refusal, type RefusalCode } from '@consort/protocol'
import { createCohort, entropyOf, identityOf } from '../testing/cohort.ts'
import { defaultUpdate, honestRound } from '../testing/honest-round.ts'
import { plainMean } from '../testing/plain-sum.ts'
import { closeInputs, receiveInput } from './aggregator/collect-inputs.ts'
import { closeKeys, openAggregation, receiveAdvertisement } from './aggregator/collect-keys.ts'
import { closeOpenings, receiveOpening } from './aggregator/collect-openings.ts'
import { deliveryTo, receiveShares } from './aggregator/collect-shares.ts'
import { receiveSignature } from './aggregator/collect-signatures.ts'
import { createMaskedSum } from './aggregator/masked-sum.ts'
import { textOfOctets } from './octets.ts'
import { advertiseKeys } from './participant/advertise-keys.ts'
import { maskInput } from './participant/mask-input.ts'
import { signSurvivors } from './participant/sign-survivors.ts'
import { checkContext, type RoundContext } from './round-context.ts'
import { signText } from './signed-texts.ts'

/**
 * What malicious members try against a hub that follows the protocol: they are named, and the round goes on without
 * them.
 */
const cohort = createCohort(11, { members: 5 })
const { context, identity } = cohort
const [a, b, c, d, e] = cohort.names as [string, string, string, string, string]
const round = honestRound(cohort, { stops: { input: [e] } })
const refuses = (act: () => unknown, code: RefusalCode, message = /./): void =>
  assert.throws(act, (error: unknown) => isRefusal(error, code) && message.test(error.message))
const flipped = (text: string): string =>
  textOfOctets(Buffer.from(text, 'base64url').map((byte, index) => (index === 3 ? byte ^ 1 : byte)))

test('one partner short of five: the mean over the other four, bit for bit', () => {
  const { end } = round.hub
  assert.equal(end.stage, 'opened')
  if (end.stage !== 'opened') return
  assert.deepEqual(end.secrets.map(({ member, of }) => [member, of]).at(-1), [e, 'mask-key'])
  const sum = createMaskedSum(context)
  for (const name of end.survivors) sum.add(round.vectors.get(name)!, 0)
  sum.unmask(end)
  const expected = plainMean(
    end.survivors.map(name => ({ state: round.shared.get(name)!, update: defaultUpdate(cohort, name) })),
  )
  assert.deepEqual(sum.mean(0, context.values), expected)
  assert.deepEqual(sum.mean(3, 9), expected.slice(3, 9))
})

test('bad keys are refused by name, and the others go on', () => {
  let hub = openAggregation(context)
  for (const name of [a, b, c, d]) hub = receiveAdvertisement(hub, round.advertised.get(name)!.message)
  const proper = round.advertised.get(e)!.message
  refuses(
    () => receiveAdvertisement(hub, { ...proper, maskKey: proper.sealKey }),
    'signature-invalid',
    new RegExp(e),
  )
  refuses(() => receiveAdvertisement(hub, { ...proper, member: 'zeta' }), 'caller-unknown', /zeta/)
  const next = advertiseKeys(
    { ...context, attempt: 2 },
    { self: e, identity: identity(e), entropy: entropyOf('n') },
  )
  refuses(() => receiveAdvertisement(hub, next.message), 'digest-mismatch')
  const { kind: _, signature: __, ...keys } = { ...proper, maskKey: round.advertised.get(a)!.message.maskKey }
  const copied = signText({ kind: 'secure-aggregation-keys', ...keys }, identity(e))
  refuses(
    () => receiveAdvertisement(hub, { kind: 'advertisement', ...keys, signature: copied }),
    'value-invalid',
  )
  const other = advertiseKeys(context, { self: a, identity: identity(a), entropy: entropyOf('other') })
  refuses(() => receiveAdvertisement(hub, other.message), 'state-conflict')
  assert.equal(closeKeys(hub).stage, 'collecting-shares')
})

test('shares for some only, input that is not signed, complaints about strangers', () => {
  const dealt = round.shared.get(a)!.message
  refuses(
    () => receiveShares(round.hub.keys, { ...dealt, shares: dealt.shares.slice(1) }),
    'value-invalid',
    new RegExp(a),
  )
  refuses(
    () => receiveShares(round.hub.keys, { ...dealt, shares: [...dealt.shares, dealt.shares[0]!] }),
    'value-invalid',
  )
  const input = round.masked.get(a)!.message
  refuses(
    () => receiveInput(round.hub.shares, { ...input, unreadable: [b] }),
    'signature-invalid',
    new RegExp(a),
  )
  const { kind: _, signature: __, ...body } = { ...input, unreadable: ['zeta'] }
  const signature = signText({ kind: 'secure-aggregation-input', ...body }, identity(a))
  refuses(() => receiveInput(round.hub.shares, { kind: 'masked-input', ...body, signature }), 'value-invalid')
  refuses(
    () => receiveSignature(round.hub.inputs, { ...round.consistent.get(a)!.message, member: e }),
    'not-allowed',
  )
  refuses(
    () => receiveSignature(round.hub.inputs, { ...round.consistent.get(a)!.message, member: b }),
    'signature-invalid',
  )
})

test('opened shares: only those asked for, as dealt; who lies is named and the round goes on', () => {
  const { signatures } = round.hub
  const proper = round.unmasked.get(a)!.message
  const opening = (change: Partial<(typeof proper.shares)[0]>, index = 0) => ({
    ...proper,
    shares: proper.shares.with(index, { ...proper.shares[index]!, ...change }),
  })
  const { share, signature } = proper.shares[0]!
  refuses(
    () => receiveOpening(signatures, opening({ share: flipped(share) })),
    'signature-invalid',
    new RegExp(a),
  )
  refuses(() => receiveOpening(signatures, opening({ signature: flipped(signature) })), 'signature-invalid')
  refuses(() => receiveOpening(signatures, opening({ dealer: c })), 'value-invalid')
  refuses(() => receiveOpening(signatures, opening({ dealer: 'zeta' })), 'value-invalid')
  refuses(() => receiveOpening(signatures, opening({ of: 'mask-key' })), 'value-invalid')
  const foreign = { ...round.unmasked.get(b)!.message, member: a }
  refuses(() => receiveOpening(signatures, foreign), 'signature-invalid', new RegExp(a))
  const both = { ...proper, shares: [...proper.shares, { ...proper.shares[0]!, of: 'mask-key' as const }] }
  refuses(() => receiveOpening(signatures, both), 'value-invalid')
  refuses(() => receiveOpening(signatures, { ...proper, member: e }), 'not-allowed')

  const rest = [b, c, d].map(name => round.unmasked.get(name)!.message).reduce(receiveOpening, signatures)
  const short = closeOpenings(rest)
  assert.equal(short.stage, 'discarded')
  assert.match(
    short.stage === 'discarded' ? short.why : '',
    /Only 3 of 5 partners opened their shares, and 4 are needed/,
  )
  assert.equal(closeOpenings(receiveOpening(rest, proper)).stage, 'opened')
})

test('a dealer of wrong shares spoils the round under its own name', () => {
  const spoilt = {
    ...round.hub.openings,
    opened: round.hub.openings.opened.map(message => ({
      ...message,
      // As if b had signed these: each is well-formed, together they are of another secret.
      shares: message.shares.map(share =>
        share.dealer === b ? { ...share, share: flipped(share.share) } : share,
      ),
    })),
  }
  const end = closeOpenings(spoilt)
  assert.deepEqual(end.stage === 'discarded' && [end.missing, end.why], [
    [b],
    `${b} dealt shares of something else: the round is discarded`,
  ])
  const { advertisements } = round.hub.openings
  const otherKey = advertisements.with(4, { ...advertisements[4]!, maskKey: advertisements[0]!.maskKey })
  const mismatch = closeOpenings({ ...round.hub.openings, advertisements: otherKey })
  assert.deepEqual(
    mismatch.stage === 'discarded' && mismatch.missing,
    [e],
    'a rebuilt mask key has to fit the public one',
  )
})

test('shares that too few can read end the round before anything is opened', () => {
  const complaining = (name: string) => {
    const { kind: _, signature: __, ...body } = { ...round.masked.get(name)!.message, unreadable: [b] }
    const signature = signText({ kind: 'secure-aggregation-input', ...body }, identity(name))
    return { kind: 'masked-input', ...body, signature } as const
  }
  const inputs = [
    complaining(a),
    round.masked.get(b)!.message,
    round.masked.get(c)!.message,
    round.masked.get(d)!.message,
  ]
  const end = closeInputs(inputs.reduce(receiveInput, round.hub.shares))
  assert.deepEqual(end.stage === 'discarded' && end.missing, [b])
})

test('an input of something else than a masked update is seen in the sum, or at least cannot hurt the masks', () => {
  const { end } = round.hub
  assert.ok(end.stage === 'opened')
  const sum = createMaskedSum(context)
  for (const name of [a, b, c]) sum.add(round.vectors.get(name)!, 0)
  sum.add(
    round.vectors.get(d)!.map(byte => byte ^ 0xaa),
    0,
  )
  sum.unmask(end)
  refuses(() => sum.mean(0, context.values), 'update-shape')
  refuses(() => sum.add(new Uint8Array(1), sum.packedBytes), 'update-shape')
  assert.throws(() => createMaskedSum(context).mean(0, 1), /masks are still on/)
})

test('the wrong size, the wrong cohort', () => {
  const state = round.shared.get(a)!
  const delivery = deliveryTo(a, round.hub.shares)
  refuses(
    () => maskInput(state, delivery, { update: new Float32Array(3), identity: identity(a) }),
    'update-shape',
  )
  const two = { ...context, members: context.members.slice(0, 2) }
  assert.throws(
    () => checkContext(two),
    (error: unknown) => error instanceof Refusal && /differential privacy/.test(error.hint ?? ''),
  )
  refuses(() => checkContext({ ...context, members: context.members.slice(0, 3) }), 'not-allowed')
  const many = Array.from({ length: 101 }, (_, index) => ({
    name: `m${1000 + index}`,
    key: identityOf(`${index}`).publicKey,
    weight: 1,
  }))
  refuses(() => checkContext({ ...context, members: many }), 'not-allowed')
  checkContext({ ...context, members: many.slice(1) })
  const wrong: Partial<RoundContext>[] = [
    { members: context.members.toReversed() },
    { members: context.members.with(1, { ...context.members[1]!, key: context.members[0]!.key }) },
    { weightCap: 50 },
    { groups: [[a, b, c]] },
    {
      groups: [
        [a, b],
        [c, d, e],
      ],
    },
  ]
  for (const change of wrong) refuses(() => checkContext({ ...context, ...change }), 'input-invalid')
})

test('strict: whole groups only, at the hub and at the node', () => {
  const six = createCohort(3, { members: 6 })
  const groups = [six.names.slice(0, 3), six.names.slice(3)].map(group => [...group])
  const grouped = { ...six, context: { ...six.context, groups } }
  const strict = honestRound(grouped)
  assert.equal(strict.hub.end.stage, 'opened')
  const inputs = [...strict.masked.values()].slice(1).map(({ message }) => message)
  const end = closeInputs(inputs.reduce(receiveInput, strict.hub.shares))
  assert.match(end.stage === 'discarded' ? end.why : '', /^Only 3 of 6 partners are in groups/)
  const [first, ...others] = six.names as [string, ...string[]]
  const partial = { ...strict.hub.inputs.list, survivors: others }
  refuses(
    () => signSurvivors(strict.masked.get(others[0]!)!, partial, six.identity(others[0]!)),
    'state-conflict',
    /group/,
  )
  assert.throws(() => honestRound(grouped, { stops: { input: [first] } }), /are in groups/)
  assert.equal(honestRound(six, { stops: { input: [first] } }).hub.end.stage, 'opened')
})
