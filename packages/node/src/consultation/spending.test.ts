import assert from 'node:assert/strict'
import test from 'node:test'
import { migrate } from '@consort/storage'
import { openTestDatabase } from '@consort/storage/testing/open-test-database'
import { type ConsultationTables, consultationSchema } from '../tables/consultation-tables.ts'
import { affordable, forgetUnheard } from './spending.ts'

const now = new Date('2024-03-31T23:30:00Z')
const rule = { agent: 'triage', priceMax: 20, spendMax: 50 }

async function openWith(rows: readonly Partial<ConsultationTables['consultation']>[]) {
  const database = await openTestDatabase<ConsultationTables>()
  await migrate(database as never, [consultationSchema])
  const row: Omit<ConsultationTables['consultation'], 'id'> = {
    agent: 'triage',
    partner: 'b',
    asked_about: '',
    agreement: 'sha256:0',
    sealed: 'AAAA',
    propensity: 1,
    state: 'answered',
    price: 0,
    month: '2024-03',
    sent: now.toISOString(),
  }
  for (const [index, change] of rows.entries()) {
    await database
      .insertInto('consultation')
      .values({ ...row, id: `con_${index}`, ...change })
      .execute()
  }
  return database
}

test('a month’s answers and what is on its way count, other months and agents do not', async () => {
  const database = await openWith([
    { price: 20 },
    { price: 17, state: 'sent' },
    { price: 0, state: 'failed' },
    { price: 50, month: '2024-02' },
    { price: 50, agent: 'other' },
  ])
  assert.equal(await affordable(database, rule, now), 13)
  assert.equal(await affordable(database, { ...rule, priceMax: 5 }, now), 5)
  assert.equal(await affordable(database, { ...rule, spendMax: 30 }, now), 0)
  assert.equal(await affordable(database, rule, new Date('2024-04-01T00:00:00Z')), 20)
  assert.equal(await affordable(await openWith([]), { ...rule, spendMax: 0 }, now), 0)
})

test('of what nobody hears any more the highest price stays spent, and its octets go', async () => {
  const at = (minutes: number) => new Date(now.getTime() - minutes * 60_000).toISOString()
  const database = await openWith([
    { state: 'sent', price: 11, sent: at(21) },
    { state: 'sent', price: 12, sent: at(19) },
    { state: 'sent', price: 13, sent: at(30) },
  ])
  const live = new Set(['con_2'] as const)
  const log = { warn: () => {} }
  await forgetUnheard({ database, live, log, now: () => now })
  const rows = await database.selectFrom('consultation').select(['state', 'sealed']).orderBy('id').execute()
  assert.deepEqual(
    rows.map(({ state, sealed }) => [state, sealed]),
    [
      ['unheard', ''],
      ['sent', 'AAAA'],
      ['sent', 'AAAA'],
    ],
  )
  assert.equal(await affordable(database, { ...rule, priceMax: 100 }, now), 14)
})
