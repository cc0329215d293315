import { type LossCurve, noLoss, parseLossCurve } from '@consort/privacy'
import {
  type Digest,
  digestOfBytes,
  type SignedPrivacyMark,
  signedPrivacyMarkSchema,
} from '@consort/protocol'
import { jsonColumn } from '@consort/storage'
import type { Transaction } from 'kysely'
import type { NodeReader, NodeTables } from '../tables/node-tables.ts'

const losses = jsonColumn('privacy_mark.unknown', { parse: parseLossCurve })
const signedMarks = jsonColumn('privacy_mark.signed', signedPrivacyMarkSchema)
const witnessedMarks = jsonColumn('privacy_mark.witnessed', signedPrivacyMarkSchema)

/** How far this node's ledgers have come. */
export interface OwnMark {
  /** Reservations so far. */
  readonly counter: number
  /** Follows from each of them. */
  readonly head: Digest
  /** What a unit that is in no ledger may have lost. */
  readonly unknown: LossCurve
  readonly signed: SignedPrivacyMark | null
  readonly witnessed: SignedPrivacyMark | null
}

/** The node's mark; of a node that has reserved nothing yet, one that follows from its member's identifier. */
export async function readMark(database: NodeReader, member: string): Promise<OwnMark> {
  const row = await database.selectFrom('privacy_mark').selectAll().executeTakeFirst()
  if (!row) {
    const head = digestOfBytes(Buffer.from(`consort-privacy-book\n${member}`))
    return { counter: 0, head, unknown: noLoss, signed: null, witnessed: null }
  }
  return {
    counter: row.counter,
    head: row.head,
    unknown: losses.read(row.unknown),
    signed: signedMarks.readOrNull(row.signed),
    witnessed: witnessedMarks.readOrNull(row.witnessed),
  }
}

/** Keeps the mark in place of the one before. */
export async function keepMark(transaction: Transaction<NodeTables>, mark: OwnMark): Promise<void> {
  const columns = {
    counter: mark.counter,
    head: mark.head,
    unknown: losses.write(mark.unknown),
    signed: signedMarks.writeOrNull(mark.signed),
    witnessed: witnessedMarks.writeOrNull(mark.witnessed),
  }
  await transaction
    .insertInto('privacy_mark')
    .values({ id: 1, ...columns })
    .onConflict(conflict => conflict.column('id').doUpdateSet(columns))
    .execute()
}

/** Keeps what the hub has signed, and nothing else: the ledgers may have moved on while it was asked. */
export async function keepWitnessed(database: NodeReader, witnessed: SignedPrivacyMark): Promise<void> {
  await database
    .updateTable('privacy_mark')
    .set({ witnessed: witnessedMarks.write(witnessed) })
    .where('counter', '>=', witnessed.document.counter)
    .execute()
}
