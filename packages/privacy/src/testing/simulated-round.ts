import assert from 'node:assert/strict'
import { isRefusal } from '@consort/protocol'
import { type Discarded, type Opened, parseAggregator } from '../secure-aggregation/aggregator/aggregator.ts'
import { closeInputs, receiveInput } from '../secure-aggregation/aggregator/collect-inputs.ts'
import {
  closeKeys,
  keyListOf,
  openAggregation,
  receiveAdvertisement,
} from '../secure-aggregation/aggregator/collect-keys.ts'
import { closeOpenings, receiveOpening } from '../secure-aggregation/aggregator/collect-openings.ts'
import { closeShares, deliveryTo, receiveShares } from '../secure-aggregation/aggregator/collect-shares.ts'
import { closeSignatures, receiveSignature } from '../secure-aggregation/aggregator/collect-signatures.ts'
import { createMaskedSum } from '../secure-aggregation/aggregator/masked-sum.ts'
import { advertiseKeys } from '../secure-aggregation/participant/advertise-keys.ts'
import { isAnswered } from '../secure-aggregation/participant/is-answered.ts'
import { maskInput } from '../secure-aggregation/participant/mask-input.ts'
import {
  type Participant,
  parseParticipant,
  type Shared,
} from '../secure-aggregation/participant/participant.ts'
import { shareKeys } from '../secure-aggregation/participant/share-keys.ts'
import { signSurvivors } from '../secure-aggregation/participant/sign-survivors.ts'
import { unmask } from '../secure-aggregation/participant/unmask.ts'
import { thresholdOf } from '../secure-aggregation/threshold.ts'
import { type Cohort, createCohort, entropyOf } from './cohort.ts'
import { plainMean } from './plain-sum.ts'

/** Counts of how rounds under random histories ended. */
export interface Endings {
  opened: number
  withDropouts: number
  discarded: number
}

/**
 * Rounds under random histories: members that stop at any stage, messages twice, out of order, of old attempts, and
 * every state killed and read back between all steps. While the threshold stays, the sum is the plain one to the last
 * bit; below it the round is discarded and says who was missing. A failure prints its seed.
 */
export function checkHistories(seeds: { from: number; to: number }): Endings {
  const seen: Endings = { opened: 0, withDropouts: 0, discarded: 0 }
  for (let seed = seeds.from; seed <= seeds.to; seed++) {
    const dice = diceOf(seed)
    const members = [4, 4, 5, 5, 10][dice.below(5)]!
    const cohort = createCohort(seed, { members, values: 1 + dice.below(60) })
    const { end, mean, expected, present } = simulate(cohort, dice, { stopChances: chancesOf(seed) })
    const what = `seed ${seed}, ${members} members`
    if (end.stage === 'opened') {
      assert.ok(present.length >= thresholdOf(members), what)
      assert.deepEqual(mean, expected, what)
      seen.opened++
      if (end.survivors.length < end.secrets.length) seen.withDropouts++
    } else {
      assert.ok(present.length < thresholdOf(members), `${what}: ${end.why}`)
      const missing = cohort.names.filter(name => !present.includes(name))
      assert.deepEqual(end.missing, missing, what)
      assert.match(end.why, /are needed: the round is discarded/, what)
      for (const name of missing) assert.ok(end.why.includes(name), what)
      seen.discarded++
    }
  }
  return seen
}

/** In percent, for each of the five stages: one of them, in turn, is worse than the others. */
function chancesOf(seed: number): number[] {
  return Array.from({ length: 5 }, (_, stage) => (stage === seed % 5 ? 25 : 1))
}

export interface Dice {
  below(bound: number): number
  shuffled<T>(items: readonly T[]): T[]
}

export function diceOf(seed: number): Dice {
  const entropy = entropyOf(`dice ${seed}`)
  const below = (bound: number): number => new DataView(entropy.bytes(4).buffer).getUint32(0) % bound
  const shuffled = <T>(items: readonly T[]): T[] => {
    const left = [...items]
    return items.map(() => left.splice(below(left.length), 1)[0]!)
  }
  return { below, shuffled }
}

/** What a process that was killed reads back. */
const reread = <S extends Participant>(state: S): S =>
  parseParticipant(JSON.parse(JSON.stringify(state))) as S
const rereadHub = <S extends ReturnType<typeof parseAggregator>>(state: S): S =>
  parseAggregator(JSON.parse(JSON.stringify(state))) as S

interface Outcome {
  readonly end: Opened | Discarded
  readonly mean?: Float32Array
  readonly expected?: Float32Array
  /** Who was still there at the last stage that was reached. */
  readonly present: readonly string[]
}

export function simulate(
  cohort: Cohort,
  dice: Dice,
  { stopChances, tamper }: { stopChances: readonly number[]; tamper?: (end: Opened) => Opened },
): Outcome {
  const { context, identity } = cohort
  let present = [...cohort.names]
  const chances = [...stopChances]
  const dropSome = (): void => {
    const chance = chances.shift() ?? 0
    present = present.filter(() => dice.below(100) >= chance)
  }
  /** Once, or twice from the same kept state: a crash before the result was kept must not change it. */
  const act = <S extends Participant, T>(state: S, step: (state: S) => T): T => {
    const result = step(reread(state))
    if (dice.below(3) === 0) assert.deepEqual(step(reread(state)), result)
    return result
  }
  const answersOnce = (state: Participant, message: Parameters<typeof isAnswered>[1]): void => {
    assert.equal(isAnswered(state, message), true)
    assert.throws(
      () => isAnswered(state, { ...message, context: context.model } as typeof message),
      isConflict,
    )
  }
  /** In any order, some twice. */
  const deliver = <S extends ReturnType<typeof parseAggregator>, M>(
    hub: S,
    messages: readonly M[],
    receive: (hub: S, message: M) => S,
  ): S =>
    dice
      .shuffled(messages.flatMap(message => (dice.below(4) === 0 ? [message, message] : [message])))
      .reduce((state, message) => receive(rereadHub(state), JSON.parse(JSON.stringify(message))), hub)

  const seed = String(dice.below(2 ** 31))
  const advertised = new Map(
    present.map(self => [
      self,
      advertiseKeys(context, { self, identity: identity(self), entropy: entropyOf(seed + self) }),
    ]),
  )
  dropSome()
  const keys = closeKeys(
    deliver(
      openAggregation(context),
      present.map(name => advertised.get(name)!.message),
      receiveAdvertisement,
    ),
  )
  if (keys.stage === 'discarded') return { end: keys, present }

  const list = keyListOf(keys)
  const shared = new Map(
    present.map(name => [name, act(advertised.get(name)!, state => shareKeys(state, list, identity(name)))]),
  )
  for (const state of shared.values()) answersOnce(state, list)
  dropSome()
  const shares = closeShares(
    deliver(
      keys,
      present.map(name => shared.get(name)!.message),
      receiveShares,
    ),
  )
  if (shares.stage === 'discarded') return { end: shares, present }

  const updates = new Map(present.map(name => [name, randomUpdate(context.values, dice)]))
  const masked = new Map(
    present.map(name => {
      const delivery = deliveryTo(name, shares)
      const update = updates.get(name)!
      return [
        name,
        act(shared.get(name)!, state => maskInput(state, delivery, { update, identity: identity(name) })),
      ]
    }),
  )
  dropSome()
  const inputs = closeInputs(
    deliver(
      shares,
      present.map(name => masked.get(name)!.state.message),
      receiveInput,
    ),
  )
  if (inputs.stage === 'discarded') return { end: inputs, present }
  const survivors = present
  for (const [name, { state }] of masked) {
    if (!survivors.includes(name))
      assert.throws(() => signSurvivors(state, inputs.list, identity(name)), isConflict)
  }

  const consistent = new Map(
    present.map(name => [
      name,
      act(masked.get(name)!.state, state => signSurvivors(state, inputs.list, identity(name))),
    ]),
  )
  dropSome()
  const signatures = closeSignatures(
    deliver(
      inputs,
      present.map(name => consistent.get(name)!.message),
      receiveSignature,
    ),
  )
  if (signatures.stage === 'discarded') return { end: signatures, present }

  const unmasked = new Map(
    present.map(name => [name, act(consistent.get(name)!, state => unmask(state, signatures.proof))]),
  )
  dropSome()
  const end = closeOpenings(
    deliver(
      signatures,
      present.map(name => unmasked.get(name)!.message),
      receiveOpening,
    ),
  )
  if (end.stage === 'discarded') return { end, present }

  const sum = createMaskedSum(context)
  for (const name of dice.shuffled(survivors)) addInPieces(sum, masked.get(name)!.values.bytes, dice)
  sum.unmask(tamper ? tamper(end) : rereadHub(end))
  const plain = survivors.map(name => ({ state: shared.get(name) as Shared, update: updates.get(name)! }))
  return { end, present, mean: sum.mean(0, context.values), expected: plainMean(plain) }
}

function isConflict(error: unknown): boolean {
  return isRefusal(error, 'state-conflict')
}

function randomUpdate(values: number, dice: Dice): Float32Array {
  return Float32Array.from({ length: values }, () => dice.below(2001) / 1600 - 0.625) // some beyond ±0.5
}

function addInPieces(sum: ReturnType<typeof createMaskedSum>, bytes: Uint8Array, dice: Dice): void {
  const cuts = Array.from({ length: dice.below(4) }, () => dice.below(bytes.length + 1))
  const ends = [0, ...cuts.toSorted((a, b) => a - b), bytes.length]
  for (const index of dice.shuffled(ends.slice(1).map((_, place) => place)))
    sum.add(bytes.subarray(ends[index]!, ends[index + 1]!), ends[index]!)
}
