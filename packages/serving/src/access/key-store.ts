import {
  createId,
  type Entropy,
  type Id,
  type KeyHolder,
  type KeyLimits,
  keyLimitsSchema,
  Refusal,
} from '@consort/protocol'
import { jsonColumn } from '@consort/storage'
import type { Selectable, Transaction } from 'kysely'
import type { ServingReader, ServingTables } from '../tables.ts'
import { createKeyText, digestOfKey } from './access-key.ts'

const limitsColumn = jsonColumn<KeyLimits>('access_key.limits', keyLimitsSchema)

/** Whoever was given a key. */
export interface AccessHolder {
  readonly id: Id<'key'>
  readonly name: string
  readonly holder: KeyHolder
  readonly limits: KeyLimits
  readonly created: string
  /** When it was taken back; null while it was not. */
  readonly revoked: string | null
}

/**
 * Makes a key under a name of its own. The text is not kept: it is in this answer only. Throws `name-taken`, and
 * `input-invalid` for a key that would be over before it began, or for limits that mean nothing to its holder.
 */
export async function addAccessKey(
  transaction: Transaction<ServingTables>,
  { name, holder, limits }: Pick<AccessHolder, 'name' | 'holder' | 'limits'>,
  { entropy, now }: { entropy: Entropy; now: Date },
): Promise<AccessHolder & { readonly key: string }> {
  checkLimits(holder, limits, now)
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
  const made = {
    id: createId('key', entropy),
    name,
    holder,
    limits,
    created: now.toISOString(),
    revoked: null,
  }
  await transaction
    .insertInto('access_key')
    .values({ ...made, limits: limitsColumn.write(limits), digest: digestOfKey(key) })
    .execute()
  return { ...made, key }
}

/** Whose key this is; undefined for a key that was never given out. */
export async function holderOfKey(database: ServingReader, key: string): Promise<AccessHolder | undefined> {
  const row = await database
    .selectFrom('access_key')
    .selectAll()
    .where('digest', '=', digestOfKey(key))
    .executeTakeFirst()
  return row && holderIn(row)
}

/** All keys that were ever given out, in the order of their names. */
export async function accessHolders(database: ServingReader): Promise<AccessHolder[]> {
  const rows = await database.selectFrom('access_key').selectAll().orderBy('name').execute()
  return rows.map(holderIn)
}

/** Throws `not-found`. */
export async function readAccessHolder(
  database: ServingReader,
  which: { readonly name: string } | { readonly id: Id<'key'> },
): Promise<AccessHolder> {
  const keys = database.selectFrom('access_key').selectAll()
  const row = await ('name' in which
    ? keys.where('name', '=', which.name)
    : keys.where('id', '=', which.id)
  ).executeTakeFirst()
  if (row) return holderIn(row)
  const [place, value] = 'name' in which ? ['name', which.name] : ['id', which.id]
  throw new Refusal('not-found', `This node has given out no key named ${value}`, {
    hint: '`consort key list` shows those that there are.',
    path: place,
  })
}

/** Ends a key; one that was revoked before stays so from then. Throws `not-found`. */
export async function revokeAccessHolder(
  transaction: Transaction<ServingTables>,
  name: string,
  now: Date,
): Promise<AccessHolder> {
  const { id } = await readAccessHolder(transaction, { name })
  await transaction
    .updateTable('access_key')
    .set({ revoked: now.toISOString() })
    .where('id', '=', id)
    .where('revoked', 'is', null)
    .execute()
  return await readAccessHolder(transaction, { id })
}

/** Throws `caller-unknown` for a key that has expired or was revoked. */
export function checkInForce({ name, limits: { expires }, revoked }: AccessHolder, now: Date): void {
  const isOver = expires !== null && now.getTime() >= Date.parse(expires)
  if (revoked === null && !isOver) return
  throw new Refusal(
    'caller-unknown',
    revoked === null ? `The key ${name} expired at ${expires}` : `The key ${name} was revoked at ${revoked}`,
    { hint: 'The operator of this node makes a new one, under another name, with `consort key create`.' },
  )
}

function checkLimits(holder: KeyHolder, limits: KeyLimits, now: Date): void {
  const { expires, agents, queriesPerMonth, minorUnitsPerMonth } = limits
  if (expires !== null && Date.parse(expires) <= now.getTime()) {
    throw new Refusal('input-invalid', `A key that expires at ${expires} would never be good for anything`, {
      hint: 'Name a time to come, for example 2030-01-31T00:00:00Z.',
      path: 'limits.expires',
    })
  }
  if (holder === 'application') return
  const asking = { agents, queriesPerMonth, minorUnitsPerMonth }
  const [wrong] = Object.entries(asking).find(([, value]) => value !== null) ?? []
  if (wrong === undefined) return
  throw new Refusal('input-invalid', 'An expert asks no agent, and pays for none', {
    hint: 'For experts, leave out which agents may be asked, and the budget.',
    path: `limits.${wrong}`,
  })
}

function holderIn(row: Selectable<ServingTables['access_key']>): AccessHolder {
  return {
    id: row.id,
    name: row.name,
    holder: row.holder,
    limits: limitsColumn.read(row.limits),
    created: row.created,
    revoked: row.revoked,
  }
}
