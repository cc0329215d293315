import { Refusal } from '@consort/protocol'
import { readBookkeeping } from './bookkeeping.ts'
import { ownerOf, refuseOther } from './claim-database.ts'
import { refuseMoved } from './move/moved-mark.ts'
import { orServerRefusal } from './postgres/server-refusal.ts'
import type { MigrationDatabase } from './schema-owner.ts'

/**
 * Checks that the tables that are read beside a process are the present ones of the hub or node with this public key.
 * Throws `state-conflict` where they were moved, or are somebody else's, and `not-found` where there are none;
 * `unreachable` and `input-invalid` as `orServerRefusal`.
 */
export async function checkReadable(database: MigrationDatabase, publicKey: string): Promise<void> {
  const [{ migrations }, owner] = await orServerRefusal(
    async () => [await readBookkeeping(database), await ownerOf(database)] as const,
  )
  refuseMoved(migrations)
  if (migrations.length === 0) {
    throw new Refusal('not-found', 'There are no tables in this database yet', {
      hint: 'Is it the one that the hub or node is started with? CONSORT_DATABASE_URL names it for a command, too.',
    })
  }
  if (owner !== undefined) refuseOther(owner, publicKey) // versions before it was noted wrote none
}
