import { digestOfJson, type HubMessage } from '@consort/protocol'
import { conflict, type Participant } from './participant.ts'

/** The message that leads to each stage. */
const leadsTo = {
  'key-list': 'shared',
  'share-delivery': 'masked',
  'survivor-list': 'consistent',
  'survivor-proof': 'unmasked',
} as const satisfies Record<HubMessage['kind'], Participant['stage']>

const order = [
  'advertised',
  'shared',
  'masked',
  'consistent',
  'unmasked',
] as const satisfies readonly Participant['stage'][]

/**
 * Whether a message was answered already: then `state.message` is the answer, to be sent again unchanged. False when it
 * is the next one for this state.
 * Throws `state-conflict` when another message of its kind was answered, or when its turn has not come or is long past.
 */
export function isAnswered(state: Participant, message: HubMessage): boolean {
  const ahead = order.indexOf(leadsTo[message.kind]) - order.indexOf(state.stage)
  if (ahead === 1) return false
  if (ahead > 1) conflict(`A ${message.kind} came before its turn`)
  if (ahead < 0) conflict(`A ${message.kind} came again after this node has gone on`)
  if (state.stage === 'advertised' || state.answered !== digestOfJson(message)) {
    conflict(
      `This node has answered another ${message.kind} of this attempt`,
      'One answer to each question is all it gives.',
    )
  }
  return true
}
