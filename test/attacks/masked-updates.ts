import assert from 'node:assert/strict'
import { seededEntropy } from '@consort/attacks'
import {
  advertiseKeys,
  closeKeys,
  closeShares,
  deliveryTo,
  keyListOf,
  maskInput,
  openAggregation,
  type RoundContext,
  receiveAdvertisement,
  receiveShares,
  ringBits,
  shareKeys,
} from '@consort/privacy'
import { createKeyPair, digestOfJson } from '@consort/protocol'

/** Everything is said and sent in [−clip, clip], in steps of 2·clip / 65535. */
const clip = 4

/**
 * What a hub gets of each partner's update under secure aggregation, as the numbers that it would take them for: honest
 * partners, up to the masked values.
 */
export function maskedUpdates(updates: readonly Float32Array[], seed: string): Float32Array[] {
  const members = updates.map((_, place) => ({ name: `p${place}`, identity: createKeyPair() }))
  const context: RoundContext = {
    kind: 'secure-aggregation',
    agreement: null,
    run: 'run_0000000000000000',
    round: 1,
    attempt: 1,
    model: digestOfJson('model'),
    recipe: digestOfJson('recipe'),
    roster: digestOfJson('roster'),
    members: members.map(({ name, identity }) => ({ name, key: identity.publicKey, weight: 1 })),
    groups: null,
    values: updates[0]!.length,
    clip,
    weightCap: 1,
  }
  const advertised = members.map(({ name: self, identity }) =>
    advertiseKeys(context, { self, identity, entropy: seededEntropy(`${seed} ${self}`) }),
  )
  const keys = closeKeys(
    advertised.reduce((state, { message }) => receiveAdvertisement(state, message), openAggregation(context)),
  )
  assert.equal(keys.stage, 'collecting-shares')
  const list = keyListOf(keys)
  const shared = advertised.map((state, place) => shareKeys(state, list, members[place]!.identity))
  const shares = closeShares(shared.reduce((state, { message }) => receiveShares(state, message), keys))
  assert.equal(shares.stage, 'collecting-inputs')
  const bits = ringBits(members.length)
  return shared.map((state, place) => {
    const { name, identity } = members[place]!
    const { values } = maskInput(state, deliveryTo(name, shares), { update: updates[place]!, identity })
    return elements(values.bytes, { bits, count: context.values }).map(element => fromStep(element % 65_536))
  })
}

/** The same numbers without masks: rounded to 16 bits, as they would be if the masks were zero. */
export function unmaskedUpdates(updates: readonly Float32Array[]): Float32Array[] {
  return updates.map(update =>
    update.map(value => fromStep(Math.round(((value + clip) / (2 * clip)) * 65_535))),
  )
}

const fromStep = (step: number): number => (step * 2 * clip) / 65_535 - clip

/** Ring elements of `bits` bits, packed without gaps, lowest bit first. */
function elements(bytes: Uint8Array, { bits, count }: { bits: number; count: number }): Float32Array {
  const found = new Float32Array(count)
  for (let index = 0, at = 0; index < count; index++, at += bits) {
    const byte = at >>> 3
    let value = 0
    for (let next = 4; next >= 0; next--) value = value * 256 + (bytes[byte + next] ?? 0)
    found[index] = Math.floor(value / 2 ** (at & 7)) % 2 ** bits
  }
  return found
}
