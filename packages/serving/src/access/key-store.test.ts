import assert from 'node:assert/strict'
import test from 'node:test'
import { migrate } from '@consort/storage'
import { openTestDatabase } from '@consort/storage/testing/open-test-database'
import { servingSchema } from '../migrations.ts'
import type { ServingTables } from '../tables.ts'
import { entropy, noLimits, noon, openLedger } from '../testing/open-ledger.ts'
import { digestOfKey } from './access-key.ts'
import { createKeyRing } from './key-ring.ts'
import {
  type AccessHolder,
  accessHolders,
  addAccessKey,
  checkInForce,
  holderOfKey,
  readAccessHolder,
  revokeAccessHolder,
} from './key-store.ts'

const later = new Date(noon.getTime() + 1)

test('a key is found by its text, with its limits, and its text is nowhere in the tables', async () => {
  await using ledger = await openLedger()
  const { database } = ledger
  const limits = { agents: ['triage'], expires: '2026-12-01T00:00:00Z', queriesPerMonth: 5, decimals: 3 }
  const { key, ...made } = await ledger.key('ward', limits)
  assert.deepEqual(await holderOfKey(database, key), made)
  assert.deepEqual(await readAccessHolder(database, { name: 'ward' }), made)
  assert.deepEqual(await readAccessHolder(database, { id: made.id }), made)
  assert.deepEqual(await accessHolders(database), [made])
  assert.deepEqual(made.limits, { ...noLimits, ...limits })
  assert.equal(await holderOfKey(database, `${key.slice(0, -1)}${key.endsWith('A') ? 'B' : 'A'}`), undefined)
  const kept = JSON.stringify(await database.selectFrom('access_key').selectAll().execute())
  assert.ok(kept.includes(digestOfKey(key)) && !kept.includes(key.slice('ck_'.length)))
})

test('a key ends at its hour, and when it is revoked, which can be repeated', async () => {
  await using ledger = await openLedger()
  const { database } = ledger
  const expires = later.toISOString()
  const holder = await ledger.key('ward', { expires })
  checkInForce(holder, noon)
  assert.throws(() => checkInForce(holder, later), { code: 'caller-unknown', message: /expired/ })
  const revoke = (at: Date) =>
    database.transaction().execute(transaction => revokeAccessHolder(transaction, 'ward', at))
  assert.equal((await revoke(noon)).revoked, noon.toISOString())
  const revoked = await revoke(later)
  assert.equal(revoked.revoked, noon.toISOString())
  assert.throws(() => checkInForce(revoked, noon), { code: 'caller-unknown', message: /revoked/ })
  const nobody = database.transaction().execute(transaction => revokeAccessHolder(transaction, 'ghost', noon))
  await assert.rejects(nobody, { code: 'not-found' })
})

test('limits that would mean nothing are refused with their place', async () => {
  await using ledger = await openLedger()
  await assert.rejects(ledger.key('late', { expires: noon.toISOString() }), {
    code: 'input-invalid',
    path: 'limits.expires',
  })
  const expert = (limits: Partial<AccessHolder['limits']>) =>
    ledger.database
      .transaction()
      .execute(transaction =>
        addAccessKey(
          transaction,
          { name: 'ann', holder: 'expert', limits: { ...noLimits, ...limits } },
          { entropy, now: noon },
        ),
      )
  for (const limits of [{ agents: ['triage'] }, { queriesPerMonth: 0 }, { minorUnitsPerMonth: 0 }]) {
    await assert.rejects(expert(limits), {
      code: 'input-invalid',
      path: `limits.${Object.keys(limits)[0]}`,
    })
  }
  assert.equal((await expert({ requestsPerMinute: 5, expires: later.toISOString() })).holder, 'expert')
  await assert.rejects(expert({}), { code: 'name-taken' })
})

test('a ring remembers keys until it is told to forget, and never what nobody has', async () => {
  await using ledger = await openLedger()
  const { key, id } = await ledger.key('ward')
  const ring = createKeyRing(ledger.database)
  const stranger = `ck_${'A'.repeat(43)}`
  assert.equal(await ring.holderOf(stranger), undefined)
  assert.equal((await ring.holderOf(key))?.id, id)
  await ledger.database.transaction().execute(transaction => revokeAccessHolder(transaction, 'ward', noon))
  assert.equal((await ring.holderOf(key))?.revoked, null, 'it remembers')
  const asked = ring.holderOf(key)
  ring.forget()
  await asked
  assert.equal((await ring.holderOf(key))?.revoked, noon.toISOString())
  await ledger.database
    .updateTable('access_key')
    .set({ digest: digestOfKey(stranger) })
    .execute()
  assert.equal((await ring.holderOf(stranger))?.id, id, 'a key that there was not is looked for again')
})

test('what was read before a ring was told to forget is good for that once', async () => {
  await using ledger = await openLedger()
  const { key } = await ledger.key('ward')
  const ring = createKeyRing(ledger.database)
  const asked = ring.holderOf(key)
  ring.forget() // the key is revoked while it is read
  assert.equal((await asked)?.revoked, null)
  await ledger.database.transaction().execute(transaction => revokeAccessHolder(transaction, 'ward', noon))
  assert.equal((await ring.holderOf(key))?.revoked, noon.toISOString())
})

test('a ring remembers ten thousand keys, and reads further ones each time', async () => {
  await using ledger = await openLedger()
  const { key } = await ledger.key('ward')
  const ring = createKeyRing(ledger.database)
  const texts = Array.from({ length: 10_000 }, (_, number) => `ck_${number}`)
  const plain = { holder: 'application', created: noon.toISOString() } as const
  await ledger.database.transaction().execute(async transaction => {
    for (let from = 0; from < texts.length; from += 1000) {
      const some = texts.slice(from, from + 1000)
      const rows = some.map(text => ({
        id: `key_${text}` as const,
        name: text,
        digest: digestOfKey(text),
        ...plain,
      }))
      await transaction.insertInto('access_key').values(rows).execute()
    }
  })
  for (const text of texts) await ring.holderOf(text)
  await ring.holderOf(key)
  await ledger.database.transaction().execute(transaction => revokeAccessHolder(transaction, 'ward', noon))
  assert.equal((await ring.holderOf(key))?.revoked, noon.toISOString())
})

test('keys from before there were limits have none', async () => {
  const database = await openTestDatabase<ServingTables>()
  const [first] = servingSchema.migrations
  await migrate(database, [{ owner: 'serving', migrations: [first!] }])
  const row = { id: 'key_a', name: 'old', holder: 'application', digest: digestOfKey('ck_a') } as const
  await database
    .insertInto('access_key')
    .values({ ...row, created: noon.toISOString() })
    .execute()
  await migrate(database, [servingSchema])
  const { limits, revoked } = await readAccessHolder(database, { name: 'old' })
  assert.deepEqual([limits, revoked], [{ ...noLimits, decimals: 15 }, null])
  await database.destroy()
})
