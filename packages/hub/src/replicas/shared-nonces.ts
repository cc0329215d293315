import { hkdfSync } from 'node:crypto'
import {
  createNonceCode,
  createNonces,
  type Entropy,
  type KeyPair,
  type NonceCode,
  nonceRefusal,
} from '@consort/protocol'
import type { DatabasePlace } from '@consort/storage'
import { sql } from 'kysely'
import type { HubDatabase } from '../tables/hub-tables.ts'

/** Hands out nonces and takes each back once, perhaps after asking a database. */
export interface HubNonces {
  issue(): string
  /** Throws `nonce-unknown` for what was never issued, has expired or was spent. */
  spend(nonce: string): void | Promise<void>
}

/** What nonces that replicas share are made of. */
export interface SharedNoncesContext {
  readonly database: HubDatabase
  /** The hub's key, which all of its replicas have. */
  readonly key: KeyPair
  readonly entropy: Entropy
  readonly now: () => Date
}

/** Opens the nonces of a hub: in memory where its process is alone with the database, else shared with the replicas. */
export async function openNonces(place: DatabasePlace, context: SharedNoncesContext): Promise<HubNonces> {
  if ('url' in place) return await openSharedNonces(context)
  return createNonces({ entropy: context.entropy, nowMs: () => performance.now() })
}

/** How often what has expired is removed, and how often at most an unknown nonce makes a replica look at the epoch. */
const [sweepEveryMs, lookEveryMs] = [60_000, 1000]

/**
 * Nonces that any replica of the hub takes, once. The MAC key comes from the hub's key and an epoch. What was spent
 * lies in an unlogged table, which costs no sync of the disk; after a crash PostgreSQL empties such tables, the epoch
 * with it, so that nothing issued before the crash is taken afterwards, spent or not.
 */
async function openSharedNonces(context: SharedNoncesContext): Promise<HubNonces> {
  const { database, now } = context
  await createTables(database)
  let { epoch, code } = await currentEpoch(context)
  let [sweptMs, lookedMs] = [now().getTime(), 0]

  const lookAgain = async (): Promise<void> => {
    if (now().getTime() - lookedMs < lookEveryMs) return
    lookedMs = now().getTime()
    ;({ epoch, code } = await currentEpoch(context))
  }
  const sweep = async (): Promise<void> => {
    if (now().getTime() - sweptMs < sweepEveryMs) return
    sweptMs = now().getTime()
    await sql`delete from spent_nonce where expires <= ${sweptMs}`.execute(database)
  }
  return {
    issue: () => code.make(now().getTime()),
    async spend(nonce) {
      await sweep()
      let expires = code.expiryOf(nonce)
      if (expires === undefined) {
        await lookAgain()
        expires = code.expiryOf(nonce)
      }
      if (expires === undefined || expires <= now().getTime()) throw nonceRefusal()
      const { numAffectedRows } = await sql`
        insert into spent_nonce (nonce, expires)
        select ${nonce}, ${expires} where exists (select 1 from nonce_epoch where epoch = ${epoch})
        on conflict (nonce) do nothing`.execute(database)
      if (numAffectedRows === 1n) return
      await lookAgain()
      throw nonceRefusal()
    },
  }
}

/** Scratch tables: they are no part of the schema, and hold nothing that has to outlive a crash. */
async function createTables(database: HubDatabase): Promise<void> {
  await database.transaction().execute(async transaction => {
    await sql`create unlogged table if not exists spent_nonce (nonce text primary key, expires bigint not null)`.execute(
      transaction,
    )
    await sql`create unlogged table if not exists nonce_epoch (id integer primary key, epoch text not null)`.execute(
      transaction,
    )
  })
}

async function currentEpoch({
  database,
  key,
  entropy,
}: SharedNoncesContext): Promise<{ epoch: string; code: NonceCode }> {
  const fresh = Buffer.from(entropy.bytes(16)).toString('base64url')
  await sql`insert into nonce_epoch (id, epoch) values (1, ${fresh}) on conflict (id) do nothing`.execute(
    database,
  )
  const { rows } = await sql<{ epoch: string }>`select epoch from nonce_epoch`.execute(database)
  const epoch = rows[0]?.epoch ?? fresh
  const secret = new Uint8Array(hkdfSync('sha256', key.toPem(), epoch, 'consort hub nonces', 32))
  return { epoch, code: createNonceCode({ secret, entropy }) }
}
