import type { Advertisement, KeyList } from '@consort/protocol'
import { checkAdvertisement, checkDistinct, checkSameContext } from '../check-keys.ts'
import { checkContext, digestOfContext, type RoundContext } from '../round-context.ts'
import {
  type CollectingKeys,
  type CollectingShares,
  collect,
  type Discarded,
  discardBelow,
} from './aggregator.ts'

/** Throws what `checkContext` throws. */
export function openAggregation(context: RoundContext): CollectingKeys {
  checkContext(context)
  return { stage: 'collecting-keys', context, digest: digestOfContext(context), advertisements: [] }
}

/**
 * Throws `digest-mismatch`, `caller-unknown`, `signature-invalid`, `value-invalid` or `state-conflict`; the rest go on.
 */
export function receiveAdvertisement(state: CollectingKeys, message: Advertisement): CollectingKeys {
  checkSameContext(message, state.digest)
  checkAdvertisement(message, state.context)
  const advertisements = collect(state.advertisements, message)
  checkDistinct(advertisements)
  return { ...state, advertisements }
}

export function closeKeys(state: CollectingKeys): CollectingShares | Discarded {
  const present = state.advertisements.map(({ member }) => member)
  return (
    discardBelow(state, { present, did: 'advertised keys' }) ?? {
      ...state,
      stage: 'collecting-shares',
      dealt: [],
    }
  )
}

/** For all members that advertised. */
export function keyListOf({ digest, advertisements }: CollectingShares): KeyList {
  return { kind: 'key-list', context: digest, advertisements }
}
