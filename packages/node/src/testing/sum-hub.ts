import {
  type Aggregator,
  closeInputs,
  closeKeys,
  closeOpenings,
  closeShares,
  closeSignatures,
  deliveryTo,
  keyListOf,
  openAggregation,
  type RoundContext,
  receiveAdvertisement,
  receiveInput,
  receiveOpening,
  receiveShares,
  receiveSignature,
} from '@consort/privacy'
import type { HubMessage, MemberMessage } from '@consort/protocol'

/** The hub's side of one secret sum, in memory: it waits for all members at each stage. */
export interface SumHub {
  take(message: MemberMessage): void
  /** What follows a member's own last message; null while others have not sent theirs. */
  after(kind: MemberMessage['kind'], name: string): HubMessage | null
  isOver(): boolean
}

/** Begins a sum. */
export function createSumHub(context: RoundContext): SumHub {
  let state: Aggregator = openAggregation(context)
  const all = context.members.length
  return {
    take(message) {
      state = taken(state, message, all)
    },
    after(kind, name) {
      if (state.stage === 'collecting-shares' && kind === 'advertisement') return keyListOf(state)
      if (state.stage === 'collecting-inputs' && kind === 'dealt-shares') return deliveryTo(name, state)
      if (state.stage === 'collecting-signatures' && kind === 'masked-input') return state.list
      if (state.stage === 'collecting-openings' && kind === 'survivor-signature') return state.proof
      return null
    },
    isOver: () => state.stage === 'opened',
  }
}

function taken(state: Aggregator, message: MemberMessage, all: number): Aggregator {
  if (state.stage === 'collecting-keys' && message.kind === 'advertisement') {
    const next = receiveAdvertisement(state, message)
    return next.advertisements.length === all ? closeKeys(next) : next
  }
  if (state.stage === 'collecting-shares' && message.kind === 'dealt-shares') {
    const next = receiveShares(state, message)
    return next.dealt.length === all ? closeShares(next) : next
  }
  if (state.stage === 'collecting-inputs' && message.kind === 'masked-input') {
    const next = receiveInput(state, message)
    return next.inputs.length === all ? closeInputs(next) : next
  }
  if (state.stage === 'collecting-signatures' && message.kind === 'survivor-signature') {
    const next = receiveSignature(state, message)
    return next.signatures.length === all ? closeSignatures(next) : next
  }
  if (state.stage === 'collecting-openings' && message.kind === 'opened-shares') {
    const next = receiveOpening(state, message)
    return next.opened.length === all ? closeOpenings(next) : next
  }
  throw new Error(`a ${message.kind} came while ${state.stage}`)
}
