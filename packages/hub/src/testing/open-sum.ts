import { surveyContext } from '@consort/federation'
import {
  advertiseKeys,
  maskInput,
  type Participant,
  type RoundContext,
  shareKeys,
  signSurvivors,
} from '@consort/privacy'
import {
  createKeyPair,
  digestOfJson,
  type HubMessage,
  type MemberMessage,
  type Survey,
} from '@consort/protocol'
import { openAttempt, readAttempt } from '../sums/attempt-store.ts'
import { openHubDatabase } from './open-hub-database.ts'

const digest = digestOfJson('x')
const survey: Survey = {
  kind: 'survey',
  id: 'srv_0000000000000000',
  dataset: 'd',
  agreement: digest,
  roster: digest,
  questions: [{ kind: 'candidates', field: 'sex', candidates: ['f', 'm'] }],
  rowsMax: 1000,
  epsilon: 1,
  delta: 1e-6,
  withinMs: 1000,
}
const identities = new Map(['a', 'b', 'c', 'd'].map(name => [name, createKeyPair()]))
let draws = 0
const entropy = { bytes: (length: number) => new Uint8Array(length).fill(++draws) }

/** Fresh keys of a member: another message each time. */
export function advertisementOf(context: RoundContext, self: string): MemberMessage {
  return advertiseKeys(context, { self, identity: identities.get(self)!, entropy }).message
}

/** What a member sends after what the hub has told it; its first message where that is nothing yet. */
export function answerOf(
  before: Participant | undefined,
  told: HubMessage | undefined,
  at: Place,
): Participant {
  const identity = identities.get(at.self)!
  if (!before) return advertiseKeys(at.context, { self: at.self, identity, entropy })
  if (before.stage === 'advertised' && told?.kind === 'key-list') return shareKeys(before, told, identity)
  if (before.stage === 'shared' && told?.kind === 'share-delivery') {
    const update = new Float32Array(at.context.values)
    return maskInput(before, told, { update, beyond: 'clip', identity }).state
  }
  if (before.stage === 'masked' && told?.kind === 'survivor-list')
    return signSurvivors(before, told, identity)
  throw new Error(`${before.stage} has no answer to ${told?.kind}`)
}

interface Place {
  readonly context: RoundContext
  readonly self: string
}

/** The secret sum of a survey among four members, none of whom has sent anything; its first stage ends at `deadline`. */
export async function openSum({ deadline = null }: { deadline?: number | null } = {}) {
  const hub = await openHubDatabase()
  const members = [...identities].map(([name, { publicKey: key }]) => ({ name, key }))
  const context = surveyContext({ survey, attempt: 1, members })
  const within = hub.database.transaction()
  await within.execute(transaction => openAttempt(transaction, survey.id, context, deadline))
  const read = () => readAttempt(hub.database, survey.id, 1)
  return { ...hub, context, read }
}
