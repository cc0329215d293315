import { type DealtShares, Refusal, type ShareDelivery } from '@consort/protocol'
import { checkSameContext } from '../check-keys.ts'
import {
  type CollectingInputs,
  type CollectingShares,
  checkPresent,
  collect,
  type Discarded,
  discardBelow,
} from './aggregator.ts'

/**
 * Throws `digest-mismatch`, `not-allowed`, `state-conflict`, or `value-invalid` when the shares are not one for each
 * other member that advertised keys.
 */
export function receiveShares(state: CollectingShares, message: DealtShares): CollectingShares {
  checkSameContext(message, state.digest)
  const present = state.advertisements.map(({ member }) => member)
  checkPresent(present, message.member)
  const wanted = present.filter(name => name !== message.member)
  const dealt = message.shares.map(({ to }) => to).toSorted()
  if (wanted.join() !== dealt.join())
    throw new Refusal('value-invalid', `${message.member} did not deal one share to each of the others`)
  return { ...state, dealt: collect(state.dealt, message) }
}

export function closeShares(state: CollectingShares): CollectingInputs | Discarded {
  const present = state.dealt.map(({ member }) => member)
  return (
    discardBelow(state, { present, did: 'dealt shares' }) ?? {
      ...state,
      stage: 'collecting-inputs',
      inputs: [],
    }
  )
}

/** For one member that has dealt. */
export function deliveryTo(member: string, { digest, dealt }: CollectingInputs): ShareDelivery {
  const shares = dealt
    .filter(message => message.member !== member)
    .map(message => ({
      from: message.member,
      sealed: message.shares.find(({ to }) => to === member)!.sealed,
    }))
  return { kind: 'share-delivery', context: digest, shares }
}
