import { createId, type Entropy, type Id, type KeyHolder, Refusal } from '@consort/protocol'
import type { Kysely, Transaction } from 'kysely'
import type { ServingTables } from '../tables.ts'
import { createKeyText, digestOfKey } from './access-key.ts'

/** Whoever was given a key. */
export interface AccessHolder {
  readonly id: Id<'key'>
  readonly name: string
  readonly holder: KeyHolder
}

/** Makes a key under a name of its own. The text is not kept: it is in this answer only. Throws `name-taken`. */
export async function addAccessKey(
  transaction: Transaction<ServingTables>,
  { name, holder }: { name: string; holder: KeyHolder },
  { entropy, now }: { entropy: Entropy; now: Date },
): Promise<AccessHolder & { readonly key: string }> {
  const known = await transaction
    .selectFrom('access_key')
    .select('id')
    .where('name', '=', name)
    .executeTakeFirst()
  if (known) {
    throw new Refusal('name-taken', `There is a key named ${name} already`, {
      hint: 'A key is shown once. If it is lost, make one under another name.',
    })
  }
  const key = createKeyText(entropy)
  const id = createId('key', entropy)
  await transaction
    .insertInto('access_key')
    .values({ id, name, holder, digest: digestOfKey(key), created: now.toISOString() })
    .execute()
  return { id, name, holder, key }
}

/** Whose key this is; undefined for a key that was never given out. */
export async function holderOfKey(
  database: Kysely<ServingTables>,
  key: string,
): Promise<AccessHolder | undefined> {
  const row = await database
    .selectFrom('access_key')
    .select(['id', 'name', 'holder'])
    .where('digest', '=', digestOfKey(key))
    .executeTakeFirst()
  return row as AccessHolder | undefined
}
