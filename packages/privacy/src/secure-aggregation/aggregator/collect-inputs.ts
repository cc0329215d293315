import { type MaskedInput, Refusal, type SurvivorList } from '@consort/protocol'
import { checkSameContext } from '../check-keys.ts'
import { wholeGroups } from '../exposure/fixed-groups.ts'
import { memberOf } from '../round-context.ts'
import { checkTextSignature } from '../signed-texts.ts'
import { thresholdOf } from '../threshold.ts'
import {
  type CollectingInputs,
  type CollectingSignatures,
  checkPresent,
  collect,
  type Discarded,
  discard,
  discardBelow,
} from './aggregator.ts'

/**
 * Takes note that a member's packed values are here: whole, and `message.digest` is that of their manifest, which
 * the caller has checked.
 * Throws `digest-mismatch`, `not-allowed`, `signature-invalid`, `value-invalid` or `state-conflict`.
 */
export function receiveInput(state: CollectingInputs, message: MaskedInput): CollectingInputs {
  checkSameContext(message, state.digest)
  const dealers = state.dealt.map(({ member }) => member)
  checkPresent(dealers, message.member)
  const { kind: _, signature, ...body } = message
  const { key } = memberOf(state.context, message.member)
  checkTextSignature({ kind: 'secure-aggregation-input', ...body }, { key, signature, whose: message.member })
  if (!message.unreadable.every(name => dealers.includes(name) && name !== message.member))
    throw new Refusal('value-invalid', `${message.member} complains of somebody who dealt no shares`)
  return { ...state, inputs: collect(state.inputs, message) }
}

/** In strict mode those whose group is not whole count as dropped out. */
export function closeInputs(state: CollectingInputs): CollectingSignatures | Discarded {
  const { context, digest, advertisements } = state
  const present = state.inputs.map(({ member }) => member)
  const survivors = context.groups === null ? present : wholeGroups(present, context.groups)
  const did =
    context.groups === null
      ? 'handed in their values'
      : 'are in groups that handed in their values as a whole'
  const short = discardBelow(state, { present: survivors, did })
  if (short) return short
  const dealers = state.dealt.map(({ member }) => member)
  const unread = dealers.filter(
    dealer => readersOf(dealer, survivors, state) < thresholdOf(context.members.length),
  )
  if (unread.length > 0) {
    const why = `Too few could read the shares of ${unread.join(', ')}: the round is discarded before anything was opened`
    return discard(state, { why, missing: unread })
  }
  const list: SurvivorList = { kind: 'survivor-list', context: digest, dealers, survivors }
  return { stage: 'collecting-signatures', context, digest, advertisements, list, signatures: [] }
}

function readersOf(dealer: string, survivors: readonly string[], { inputs }: CollectingInputs): number {
  return inputs.filter(({ member, unreadable }) => survivors.includes(member) && !unreadable.includes(dealer))
    .length
}
