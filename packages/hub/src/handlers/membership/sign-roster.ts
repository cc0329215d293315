import { digestOfDocument, documentSignatureHolds, type hubEndpoints, Refusal } from '@consort/protocol'
import type { Handler } from '@consort/protocol/routes'
import { sql } from 'kysely'
import { type HubCaller, type HubContext, type MemberCaller, record } from '../../context.ts'
import { readRoster } from '../../roster.ts'

export function signRoster(context: HubContext): Handler<typeof hubEndpoints.signRoster, HubCaller> {
  return async ({ body: { roster: digest, signature }, caller }) => {
    const { key, id } = caller as MemberCaller
    await context.database.transaction().execute(async transaction => {
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
        await transaction.updateTable('roster').set({ in_force: 1 }).where('version', '=', version).execute()
        await record(context, transaction, { kind: 'roster-in-force', body: { version, roster: digest } })
      }
    })
    return await readRoster(context.database)
  }
}
