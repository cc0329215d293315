import { createHash, timingSafeEqual } from 'node:crypto'
import {
  createId,
  digestOfBytes,
  digestOfDocument,
  documentSignatureHolds,
  formatInvite,
  type hubEndpoints,
  type Id,
  type MemberRole,
  Refusal,
} from '@consort/protocol'
import type { Handlers } from '@consort/protocol/routes'
import { sql } from 'kysely'
import { type HubCaller, type HubContext, type MemberCaller, record } from '../context.ts'
import { isOnline } from '../members.ts'
import { proposeRoster, readRoster } from '../roster.ts'

type Group = Pick<
  typeof hubEndpoints,
  'createInvite' | 'enrol' | 'listMembers' | 'getRoster' | 'signRoster' | 'putDataCard'
>

export function membershipHandlers(context: HubContext): Handlers<Group, HubCaller> {
  const { database } = context
  return {
    async createInvite({ body: { name, role } }) {
      const secret = Buffer.from(context.entropy.bytes(16)).toString('base64url')
      const id = createId('invite', context.entropy)
      await database.transaction().execute(async transaction => {
        const taken = await transaction
          .selectFrom('member')
          .select('id')
          .where('name', '=', name)
          .executeTakeFirst()
        if (taken)
          throw new Refusal('name-taken', `There is a member called ${name} already`, {
            hint: 'Choose another name.',
          })
        const created = context.now().toISOString()
        const row = {
          id,
          secret_digest: digestOfBytes(Buffer.from(secret)),
          name,
          role,
          member: null,
          created,
        }
        await transaction.insertInto('invite').values(row).execute()
        await record(context, transaction, { kind: 'invite-created', body: { invite: id, name, role } })
      })
      const { publicKey: hubKey } = context.key
      const invite = formatInvite({
        hubUrl: context.publicUrl(),
        hubKey,
        consortium: context.consortium,
        id,
        secret,
        name,
        role,
      })
      return { invite }
    },

    async enrol({ body: { invite: id, secret }, caller }) {
      const { key } = caller as Extract<HubCaller, { kind: 'keyholder' }>
      return await database.transaction().execute(async transaction => {
        const invite = await transaction
          .selectFrom('invite')
          .selectAll()
          .where('id', '=', id)
          .executeTakeFirst()
        if (!invite || !sameDigest(invite.secret_digest, secret)) {
          throw new Refusal('invite-unknown', 'This hub did not issue this invite', {
            hint: 'Ask the hub’s operator for a new one.',
          })
        }
        const enrolled = await transaction
          .selectFrom('member')
          .select(['id', 'key'])
          .where('name', '=', invite.name)
          .executeTakeFirst()
        if (enrolled && enrolled.id === invite.member && enrolled.key === key)
          return { member: enrolled.id as Id<'member'> }
        if (invite.member !== null || enrolled) {
          throw new Refusal('invite-used', `The invite for ${invite.name} has been taken up`, {
            hint: 'If that was not you, tell the hub’s operator at once. An invite is good for one node.',
          })
        }
        const known = await transaction
          .selectFrom('member')
          .select('name')
          .where('key', '=', key)
          .executeTakeFirst()
        if (known) throw new Refusal('already-exists', `This node is enrolled already, as ${known.name}`)
        const member = createId('member', context.entropy)
        const { name, role } = invite
        const row = {
          id: member,
          name,
          role,
          key,
          enrolled: context.now().toISOString(),
          last_seen: null,
          latency_seconds: null,
        }
        await transaction
          .insertInto('member')
          .values({ ...row, asked: 0, missed: 0 })
          .execute()
        await transaction.updateTable('invite').set({ member }).where('id', '=', id).execute()
        await record(context, transaction, { kind: 'member-enrolled', body: { member, name, role, key } })
        await proposeRoster(context, transaction)
        return { member }
      })
    },

    async listMembers() {
      const rows = await database.selectFrom('member').selectAll().orderBy('name').execute()
      const cards = await database
        .selectFrom('data_card')
        .select(['member', 'signed'])
        .where('current', '=', 1)
        .execute()
      return {
        members: rows.map(row => ({
          id: row.id as Id<'member'>,
          name: row.name,
          role: row.role as MemberRole,
          key: row.key as MemberCaller['key'],
          lastSeen: row.last_seen,
          online: isOnline(row, context.now()),
          datasets: cards
            .filter(card => card.member === row.id)
            .map(card => {
              const { dataset, role, trainExamples, evaluationExamples } = JSON.parse(card.signed).document
              return { dataset, role, trainExamples, evaluationExamples }
            }),
        })),
      }
    },

    getRoster: () => readRoster(database),

    async signRoster({ body: { roster: digest, signature }, caller }) {
      const { key, id } = caller as MemberCaller
      await database.transaction().execute(async transaction => {
        const { proposed, inForce } = await readRoster(transaction)
        if (inForce && digestOfDocument(inForce.document) === digest) return
        if (!proposed || digestOfDocument(proposed.document) !== digest) {
          throw new Refusal('roster-altered', 'The roster that was signed is not the one proposed now', {
            hint: 'Somebody joined meanwhile: run `consort roster show`, compare, and sign again.',
          })
        }
        if (signature.key !== key || !documentSignatureHolds(proposed.document, signature)) {
          throw new Refusal('signature-invalid', 'The signature is not the caller’s over the proposed roster')
        }
        const { version, members } = proposed.document
        await transaction
          .insertInto('roster_signature')
          .values({ version, ...signature })
          .onConflict(conflict => conflict.doNothing())
          .execute()
        await record(context, transaction, {
          kind: 'roster-signed',
          body: { version, roster: digest, member: id },
        })
        const { count } = await transaction
          .selectFrom('roster_signature')
          .select(sql<number>`count(*)`.as('count'))
          .where('version', '=', version)
          .executeTakeFirstOrThrow()
        if (Number(count) === members.length + 1) {
          await transaction
            .updateTable('roster')
            .set({ in_force: 1 })
            .where('version', '=', version)
            .execute()
          await record(context, transaction, { kind: 'roster-in-force', body: { version, roster: digest } })
        }
      })
      return await readRoster(database)
    },

    async putDataCard({ body: signed, caller }) {
      const { id, key } = caller as MemberCaller
      const { document: card } = signed
      const signature = signed.signatures.find(entry => entry.key === key)
      if (card.member !== id) throw new Refusal('not-allowed', 'A member publishes its own cards only')
      if (!signature || !documentSignatureHolds(card, signature)) {
        throw new Refusal('signature-invalid', 'The data card is not signed by its member')
      }
      await database.transaction().execute(async transaction => {
        const known = await transaction
          .selectFrom('data_card')
          .select(['member', 'signed'])
          .where('id', '=', card.id)
          .executeTakeFirst()
        if (known && (known.member !== id || known.signed !== JSON.stringify(signed))) {
          throw new Refusal('state-conflict', `A card with the id ${card.id} says something else`, {
            hint: 'A card never changes; publish a new one.',
          })
        }
        if (known) return
        await transaction
          .updateTable('data_card')
          .set({ current: 0 })
          .where('member', '=', id)
          .where('dataset', '=', card.dataset)
          .execute()
        const row = {
          id: card.id,
          member: id,
          dataset: card.dataset,
          signed: JSON.stringify(signed),
          current: 1,
        }
        await transaction
          .insertInto('data_card')
          .values({ ...row, published: context.now().toISOString() })
          .execute()
        const { dataset, trainExamples, evaluationExamples } = card
        await record(context, transaction, {
          kind: 'data-card-published',
          body: { card: card.id, member: id, dataset, trainExamples, evaluationExamples },
        })
      })
      context.waiting.announce('members')
    },
  }
}

function sameDigest(digest: string, secret: string): boolean {
  const own = createHash('sha256').update(secret).digest('hex')
  return timingSafeEqual(Buffer.from(digest), Buffer.from(`sha256:${own}`))
}
