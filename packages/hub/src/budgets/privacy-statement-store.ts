import {
  type Id,
  type PrivacyStatement,
  type SignedPrivacyStatement,
  signedPrivacyStatementSchema,
} from '@consort/protocol'
import { jsonColumn } from '@consort/storage'
import type { HubDatabase, HubTransaction } from '../tables/hub-tables.ts'

const statements = jsonColumn('privacy_statement.signed', signedPrivacyStatementSchema)

/** Keeps what a member says that a run may have disclosed of its records; its latest statement counts. */
export async function keepPrivacyStatement(
  transaction: HubTransaction,
  signed: SignedPrivacyStatement,
): Promise<void> {
  const { run, member } = signed.document
  const text = statements.write(signed)
  await transaction
    .insertInto('privacy_statement')
    .values({ run, member, signed: text })
    .onConflict(conflict => conflict.columns(['run', 'member']).doUpdateSet({ signed: text }))
    .execute()
}

/** Lists what the members of a run stated. */
export async function privacyStatementsOf(
  database: HubDatabase,
  run: Id<'run'>,
): Promise<PrivacyStatement[]> {
  const rows = await database
    .selectFrom('privacy_statement')
    .select('signed')
    .where('run', '=', run)
    .execute()
  return rows.map(({ signed }) => statements.read(signed).document)
}
