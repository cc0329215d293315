import type { SurvivorSignature } from '@consort/protocol'
import { checkSameContext } from '../check-keys.ts'
import { memberOf } from '../round-context.ts'
import { checkTextSignature } from '../signed-texts.ts'
import {
  type CollectingOpenings,
  type CollectingSignatures,
  checkPresent,
  collect,
  type Discarded,
  discardBelow,
} from './aggregator.ts'

/** Throws `digest-mismatch`, `not-allowed`, `signature-invalid` or `state-conflict`. */
export function receiveSignature(
  state: CollectingSignatures,
  message: SurvivorSignature,
): CollectingSignatures {
  const { member, signature } = message
  const { kind: _, ...list } = state.list
  checkSameContext(message, state.digest)
  checkPresent(list.survivors, member)
  const { key } = memberOf(state.context, member)
  checkTextSignature({ kind: 'secure-aggregation-survivors', ...list }, { key, signature, whose: member })
  return { ...state, signatures: collect(state.signatures, { member, signature }) }
}

export function closeSignatures(state: CollectingSignatures): CollectingOpenings | Discarded {
  const { signatures, digest, stage: _, ...rest } = state
  const present = signatures.map(({ member }) => member)
  return (
    discardBelow(state, { present, did: 'signed the list of survivors' }) ?? {
      ...rest,
      stage: 'collecting-openings',
      digest,
      proof: { kind: 'survivor-proof', context: digest, signatures },
      opened: [],
    }
  )
}
