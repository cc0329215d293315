import { type Digest, digestOfDocument, type SignedRoster, signedRosterSchema } from '@consort/protocol'
import { jsonColumn } from '@consort/storage'
import type { Transaction } from 'kysely'
import type { NodeReader, NodeTables } from '../tables/node-tables.ts'

const signedRosters = jsonColumn('roster.signed', signedRosterSchema)

/** The roster with this digest, if this node has checked it. */
export async function findRoster(database: NodeReader, digest: Digest): Promise<SignedRoster | undefined> {
  const row = await database
    .selectFrom('roster')
    .select('signed')
    .where('digest', '=', digest)
    .executeTakeFirst()
  return row && signedRosters.read(row.signed)
}

/** Which version this node has acted on last. */
export async function latestRoster(
  database: NodeReader,
): Promise<{ readonly version: number; readonly digest: Digest } | undefined> {
  return await database
    .selectFrom('roster')
    .select(['version', 'digest'])
    .orderBy('version', 'desc')
    .limit(1)
    .executeTakeFirst()
}

/** Keeps a roster that was checked; nothing where it is kept already. */
export async function keepRoster(transaction: Transaction<NodeTables>, signed: SignedRoster): Promise<void> {
  const { document } = signed
  await transaction
    .insertInto('roster')
    .values({
      digest: digestOfDocument(document),
      version: document.version,
      signed: signedRosters.write(signed),
    })
    .onConflict(conflict => conflict.doNothing())
    .execute()
}
