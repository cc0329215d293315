import {
  documentSignatureHolds,
  type hubEndpoints,
  type ModelCard,
  Refusal,
  type SignedPrivacyStatement,
} from '@consort/protocol'
import type { Handler } from '@consort/protocol/routes'
import type { Kysely } from 'kysely'
import { appendEvent, type HubCallers, type HubContext } from '../../context.ts'
import type { HubTables } from '../../tables.ts'

/** Keeps what a member says that a run may have told of its records; the latest statement counts. */
export function putPrivacyStatement(
  context: HubContext,
): Handler<typeof hubEndpoints.putPrivacyStatement, HubCallers> {
  return async ({ body: signed, caller }) => {
    const { id, key } = caller
    const { document, signatures } = signed
    const signature = signatures.find(entry => entry.key === key)
    if (document.member !== id || !signature || !documentSignatureHolds(document, signature)) {
      throw new Refusal('signature-invalid', 'The statement is not signed by the member that it speaks for')
    }
    await context.database.transaction().execute(async transaction => {
      const task = await transaction
        .selectFrom('task')
        .select('id')
        .where('run', '=', document.run)
        .where('member', '=', id)
        .where('card', '=', document.card)
        .executeTakeFirst()
      if (!task) throw new Refusal('not-found', `The member has no task in ${document.run} with this card`)
      const text = JSON.stringify(signed)
      await transaction
        .insertInto('privacy_statement')
        .values({ run: document.run, member: id, signed: text })
        .onConflict(conflict => conflict.columns(['run', 'member']).doUpdateSet({ signed: text }))
        .execute()
      const { run, card, unit, epsilon, delta, budget, exempt } = document
      const body = { run, member: id, card, unit, epsilon, delta, budget, exempt: Object.keys(exempt) }
      await appendEvent(context, transaction, { kind: 'privacy-stated', body })
    })
  }
}

/** What the members of a run stated, for the card of its model. */
export async function statementsOf(
  database: Kysely<HubTables>,
  run: string,
): Promise<NonNullable<ModelCard['privacy']>> {
  const rows = await database
    .selectFrom('privacy_statement')
    .innerJoin('member', 'member.id', 'privacy_statement.member')
    .select(['member.name', 'privacy_statement.signed'])
    .where('privacy_statement.run', '=', run)
    .orderBy('member.name')
    .execute()
  return rows.map(({ name, signed }) => {
    const { card, unit, epsilon, delta, budget, exempt } = (JSON.parse(signed) as SignedPrivacyStatement)
      .document
    return { member: name, card, unit, epsilon, delta, budget, exempt }
  })
}
