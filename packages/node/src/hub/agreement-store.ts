import {
  type Agreement,
  agreementSchema,
  type Digest,
  digestOfDocument,
  type TableSchema,
} from '@consort/protocol'
import { jsonColumn } from '@consort/storage'
import type { Transaction } from 'kysely'
import type { NodeReader, NodeTables } from '../tables/node-tables.ts'

const documents = jsonColumn('agreement.document', agreementSchema)

/** The latest agreement that this node has seen with all signatures. */
export async function latestInForce(database: NodeReader): Promise<Agreement | null> {
  const row = await database
    .selectFrom('agreement')
    .select('document')
    .where('in_force', '=', 1)
    .orderBy('version', 'desc')
    .executeTakeFirst()
  return row ? documents.read(row.document) : null
}

/** What the agreement in force says of the fields of a data set; undefined where it does not cover it. */
export async function agreedSchema(database: NodeReader, dataset: string): Promise<TableSchema | undefined> {
  const agreement = await latestInForce(database)
  return agreement?.data.find(schema => schema.dataset === dataset)
}

/** The agreement with this digest, if it was ever in force here. */
export async function findInForce(database: NodeReader, digest: Digest): Promise<Agreement | undefined> {
  const row = await database
    .selectFrom('agreement')
    .select('document')
    .where('digest', '=', digest)
    .where('in_force', '=', 1)
    .executeTakeFirst()
  return row && documents.read(row.document)
}

/** The agreement with this digest and at least this version, if this node has signed it or seen it in force. */
export async function findKnown(
  database: NodeReader,
  { digest, versionMin }: { digest: Digest; versionMin: number },
): Promise<Agreement | undefined> {
  const row = await database
    .selectFrom('agreement')
    .select('document')
    .where('digest', '=', digest)
    .where('version', '>=', versionMin)
    .executeTakeFirst()
  return row && documents.read(row.document)
}

/** Returns true when this node knows another text under the same number. */
export async function hasOtherText(database: NodeReader, agreement: Agreement): Promise<boolean> {
  const other = await database
    .selectFrom('agreement')
    .select('digest')
    .where('version', '=', agreement.version)
    .where('digest', '!=', digestOfDocument(agreement))
    .executeTakeFirst()
  return other !== undefined
}

/** Keeps what this node signs; nothing where it is kept already. */
export async function keepSigned(transaction: Transaction<NodeTables>, agreement: Agreement): Promise<void> {
  await transaction
    .insertInto('agreement')
    .values({ ...rowOf(agreement), in_force: 0 })
    .onConflict(conflict => conflict.doNothing())
    .execute()
}

/** Keeps what all have signed: this node acts under it from now on. */
export async function keepInForce(transaction: Transaction<NodeTables>, agreement: Agreement): Promise<void> {
  await transaction
    .insertInto('agreement')
    .values({ ...rowOf(agreement), in_force: 1 })
    .onConflict(conflict => conflict.column('digest').doUpdateSet({ in_force: 1 }))
    .execute()
}

function rowOf(agreement: Agreement) {
  return {
    digest: digestOfDocument(agreement),
    version: agreement.version,
    document: documents.write(agreement),
  }
}
