import assert from 'node:assert/strict'
import test from 'node:test'
import { digestOfJson } from '@consort/protocol'
import { migrate } from '@consort/storage'
import { openTestDatabase } from '@consort/storage/testing/open-test-database'
import { type ConsultationTables, consultationSchema } from '../tables/consultation-tables.ts'
import { sweepConsultations } from './sweep-consultations.ts'

test('what is over goes after its month and day; what is on its way, or was not delivered, stays', async () => {
  await using database = await openTestDatabase<ConsultationTables>()
  await migrate(database as never, [consultationSchema])
  const asked = (id: string, state: 'sent' | 'answered', month: string) => ({
    ...{
      id: `con_${id}` as const,
      agent: 'triage',
      partner: 'b',
      asked_about: id,
      agreement: digestOfJson('terms'),
    },
    ...{ sealed: '', propensity: 1, state, price: 1, month, sent: `${month}-02T00:00:00.000Z` },
  })
  const heard = (id: string, told: 0 | 1 | 2, day: string) => ({
    ...{ id: `con_${id}` as const, partner: 'b', agent: 'triage', question: digestOfJson(id), day },
    ...{ counted: 1 as const, sealed: null, price: 1, told },
  })
  await database
    .insertInto('consultation')
    .values([
      asked('a', 'answered', '2026-01'),
      asked('b', 'sent', '2026-01'),
      asked('c', 'answered', '2026-03'),
    ])
    .execute()
  await database
    .insertInto('consulted')
    .values([
      heard('d', 1, '2026-01-30'),
      heard('e', 2, '2026-01-30'),
      heard('f', 0, '2026-01-30'),
      heard('g', 1, '2026-03-05'),
    ])
    .execute()
  let gone = 0
  for await (const rows of sweepConsultations(database, new Date('2026-03-05T00:00:00.000Z'))) gone += rows
  assert.equal(gone, 3)
  const ids = async (table: 'consultation' | 'consulted') =>
    (await database.selectFrom(table).select('id').orderBy('id').execute()).map(({ id }) => id)
  assert.deepEqual(
    [await ids('consultation'), await ids('consulted')],
    [
      ['con_b', 'con_c'],
      ['con_f', 'con_g'],
    ],
  )
})
