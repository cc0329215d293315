import {
  type Aggregator,
  closeInputs,
  closeKeys,
  closeOpenings,
  closeShares,
  closeSignatures,
  receiveAdvertisement,
  receiveInput,
  receiveOpening,
  receiveShares,
  receiveSignature,
} from '@consort/privacy'
import { type MemberMessage, Refusal } from '@consort/protocol'

export type Collecting = Exclude<Aggregator, { stage: 'opened' | 'discarded' }>

/** Which messages a stage collects. */
export const collects = {
  'collecting-keys': 'advertisement',
  'collecting-shares': 'dealt-shares',
  'collecting-inputs': 'masked-input',
  'collecting-signatures': 'survivor-signature',
  'collecting-openings': 'opened-shares',
} as const satisfies Record<Collecting['stage'], MemberMessage['kind']>

/** Returns true while an attempt still waits for messages. */
export function isCollecting(state: Aggregator): state is Collecting {
  return state.stage !== 'opened' && state.stage !== 'discarded'
}

/**
 * Adds a member's message to the stage that collects it. Throws `state-conflict` when that is not the current one.
 */
export function withMessage(state: Aggregator, message: MemberMessage): Aggregator {
  switch (message.kind) {
    case 'advertisement':
      if (state.stage === 'collecting-keys') return receiveAdvertisement(state, message)
      break
    case 'dealt-shares':
      if (state.stage === 'collecting-shares') return receiveShares(state, message)
      break
    case 'masked-input':
      if (state.stage === 'collecting-inputs') return receiveInput(state, message)
      break
    case 'survivor-signature':
      if (state.stage === 'collecting-signatures') return receiveSignature(state, message)
      break
    case 'opened-shares':
      if (state.stage === 'collecting-openings') return receiveOpening(state, message)
      break
  }
  throw new Refusal('state-conflict', `The sum is not waiting for a message of the kind ${message.kind}`)
}

/** Closes a stage when nobody is waited for any more, and returns what follows. */
export function closeStage(state: Collecting): Aggregator {
  switch (state.stage) {
    case 'collecting-keys':
      return closeKeys(state)
    case 'collecting-shares':
      return closeShares(state)
    case 'collecting-inputs':
      return closeInputs(state)
    case 'collecting-signatures':
      return closeSignatures(state)
    case 'collecting-openings':
      return closeOpenings(state)
  }
}

/** Says who has to answer in a stage, and who has. */
export function answersIn(state: Collecting): {
  expected: readonly string[]
  responded: readonly string[]
} {
  const membersOf = (messages: readonly { member: string }[]) => messages.map(({ member }) => member)
  switch (state.stage) {
    case 'collecting-keys':
      return {
        expected: state.context.members.map(({ name }) => name),
        responded: membersOf(state.advertisements),
      }
    case 'collecting-shares':
      return { expected: membersOf(state.advertisements), responded: membersOf(state.dealt) }
    case 'collecting-inputs':
      return { expected: membersOf(state.dealt), responded: membersOf(state.inputs) }
    case 'collecting-signatures':
      return { expected: state.list.survivors, responded: membersOf(state.signatures) }
    case 'collecting-openings':
      return { expected: membersOf(state.proof.signatures), responded: membersOf(state.opened) }
  }
}

/** Lists whoever may still take part, or is part of the sum. */
export function stillIn(state: Aggregator): readonly string[] {
  switch (state.stage) {
    case 'opened':
      return state.survivors
    case 'discarded':
      return state.context.members.map(({ name }) => name) // their tasks end with the round
    case 'collecting-openings':
      return state.list.survivors // an input stays in the sum though its member may be gone
    default:
      return answersIn(state).expected
  }
}
