import assert from 'node:assert/strict'
import type {
  CollectingInputs,
  CollectingOpenings,
  CollectingShares,
  CollectingSignatures,
  Discarded,
  Opened,
} from '../secure-aggregation/aggregator/aggregator.ts'
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
import { advertiseKeys } from '../secure-aggregation/participant/advertise-keys.ts'
import { maskInput } from '../secure-aggregation/participant/mask-input.ts'
import type {
  Advertised,
  Consistent,
  Masked,
  Shared,
  Unmasked,
} from '../secure-aggregation/participant/participant.ts'
import { shareKeys } from '../secure-aggregation/participant/share-keys.ts'
import { signSurvivors } from '../secure-aggregation/participant/sign-survivors.ts'
import { unmask } from '../secure-aggregation/participant/unmask.ts'
import { type Cohort, entropyOf } from './cohort.ts'

export type Stage = 'shares' | 'input' | 'signature' | 'opening'

/** Every state of an attempt in which all do what they should, but for those who stop before a stage. */
export interface HonestRound {
  readonly advertised: ReadonlyMap<string, Advertised>
  readonly shared: ReadonlyMap<string, Shared>
  readonly masked: ReadonlyMap<string, Masked>
  readonly vectors: ReadonlyMap<string, Uint8Array>
  readonly consistent: ReadonlyMap<string, Consistent>
  readonly unmasked: ReadonlyMap<string, Unmasked>
  readonly hub: {
    readonly keys: CollectingShares
    readonly shares: CollectingInputs
    readonly inputs: CollectingSignatures
    readonly signatures: CollectingOpenings
    /** Before the openings were closed, with all of them. */
    readonly openings: CollectingOpenings
    readonly end: Opened | Discarded
  }
}

export function honestRound(
  cohort: Cohort,
  {
    stops = {},
    updateOf = name => defaultUpdate(cohort, name),
    entropySeed = 'entropy',
  }: {
    stops?: Partial<Record<Stage, readonly string[]>>
    updateOf?: (name: string) => Float32Array
    entropySeed?: string
  } = {},
): HonestRound {
  const { context, names, identity } = cohort
  let left = [...names]
  const step = <T>(stage: Stage | undefined, act: (name: string) => T): Map<string, T> => {
    left = left.filter(name => stage === undefined || !stops[stage]?.includes(name))
    return new Map(left.map(name => [name, act(name)]))
  }
  const fold = <S, M>(
    state: S,
    from: ReadonlyMap<string, { message: M }>,
    receive: (state: S, message: M) => S,
  ): S => [...from.values()].reduce((folded, { message }) => receive(folded, message), state)

  const advertised = step(undefined, self =>
    advertiseKeys(context, { self, identity: identity(self), entropy: entropyOf(`${entropySeed} ${self}`) }),
  )
  const keys = whole(closeKeys(fold(openAggregation(context), advertised, receiveAdvertisement)))
  const shared = step('shares', name => shareKeys(advertised.get(name)!, keyListOf(keys), identity(name)))
  const shares = whole(closeShares(fold(keys, shared, receiveShares)))
  const results = step('input', name =>
    maskInput(shared.get(name)!, deliveryTo(name, shares), {
      update: updateOf(name),
      identity: identity(name),
    }),
  )
  const masked = new Map([...results].map(([name, { state }]) => [name, state]))
  const vectors = new Map([...results].map(([name, { values }]) => [name, values.bytes]))
  const inputs = whole(closeInputs(fold(shares, masked, receiveInput)))
  const consistent = step('signature', name => signSurvivors(masked.get(name)!, inputs.list, identity(name)))
  const signatures = whole(closeSignatures(fold(inputs, consistent, receiveSignature)))
  const unmasked = step('opening', name => unmask(consistent.get(name)!, signatures.proof))
  const openings = fold(signatures, unmasked, receiveOpening)
  const hub = { keys, shares, inputs, signatures, openings, end: closeOpenings(openings) }
  return { advertised, shared, masked, vectors, consistent, unmasked, hub }
}

/** Values within the clip that differ from member to member. */
export function defaultUpdate({ context, names }: Cohort, name: string): Float32Array {
  const phase = names.indexOf(name) + 1
  return Float32Array.from(
    { length: context.values },
    (_, index) => context.clip * Math.sin(phase * (index + 1)),
  )
}

function whole<S extends { readonly stage: string }>(state: S | Discarded): S {
  assert.notEqual(state.stage, 'discarded', 'why' in state ? String(state.why) : '')
  return state as S
}
