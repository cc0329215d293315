import { randomBytes } from 'node:crypto'
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import {
  type Caller,
  createCaller,
  createId,
  createKeyPair,
  type DataCard,
  digestOfDocument,
  hubEndpoints,
  type Id,
  type KeyPair,
  type MemberRole,
  parseInvite,
  type SignedTask,
  signDocument,
} from '@consort/protocol'
import type { Network } from './network.ts'

/** A member that speaks the protocol by hand, so that it can misbehave. */
export interface RawMember {
  readonly id: Id<'member'>
  readonly key: KeyPair
  readonly call: Caller
  card: DataCard
  publishCard(change?: Partial<DataCard>): Promise<void>
  /** Waits for the next task. */
  nextTask(): Promise<SignedTask['document']>
}

export async function enrolByHand(
  network: Network,
  name: string,
  role: MemberRole = 'partner',
): Promise<RawMember> {
  mkdirSync(join(network.directory, name), { recursive: true })
  const { invite } = await network.operator(hubEndpoints.createInvite, { body: { name, role } })
  const { id: inviteId, secret, hubUrl } = parseInvite(invite)
  const key = createKeyPair()
  const call = createCaller({ base: hubUrl, fetch: fetch as never, key, nowMs: Date.now })
  const { member: id } = await call(hubEndpoints.enrol, { body: { invite: inviteId, secret } })
  const card: DataCard = {
    kind: 'data-card',
    id: createId('card', { bytes: count => randomBytes(count) }),
    member: id,
    dataset: 'plane',
    role: 'train',
    contents: { kind: 'table', columns: ['x', 'y'] },
    trainExamples: 10,
    evaluationExamples: 0,
  }
  const member: RawMember = {
    id,
    key,
    call,
    card,
    async publishCard(change = {}) {
      member.card = { ...card, id: createId('card', { bytes: count => randomBytes(count) }), ...change }
      await call(hubEndpoints.putDataCard, {
        body: { document: member.card, signatures: [signDocument(member.card, key)] },
      })
    },
    async nextTask() {
      for (;;) {
        const { task } = await call(hubEndpoints.nextTask, { query: { wait: 5 } })
        if (task) return task.document
      }
    },
  }
  return member
}

/** Signs the proposed roster by hand. */
export async function signByHand({ call, key }: RawMember): Promise<void> {
  const { proposed } = await call(hubEndpoints.getRoster)
  if (!proposed) return
  const body = {
    roster: digestOfDocument(proposed.document),
    signature: signDocument(proposed.document, key),
  }
  await call(hubEndpoints.signRoster, { body })
}
