import type { Migration, MigrationDatabase } from '@consort/storage'
import { sql } from 'kysely'
import { z } from 'zod'

/** What was counted is kept as counts, and lists come from an index. */
export const talliesMigration: Migration = {
  name: 'tallies',
  async up(database) {
    const { schema } = database
    await schema
      .createTable('case_tally')
      .addColumn('what', 'text', column => column.notNull())
      .addColumn('subject', 'text', column => column.notNull())
      .addColumn('count', 'bigint', column => column.notNull())
      .addPrimaryKeyConstraint('case_tally_key', ['what', 'subject'])
      .execute()
    await countOnce(database)
    for (const [what, count] of await decidedBefore(database)) {
      const [part, subject] = what
      await sql`insert into case_tally (what, subject, count) values (${part}, ${subject}, ${count})
        on conflict (what, subject) do update set count = case_tally.count + excluded.count`.execute(database)
    }
    await addIndexes(database)
  },
}

async function countOnce(database: MigrationDatabase): Promise<void> {
  for (const counted of [
    sql`select 'waiting/' || action, agent, count(*) from asked_case
      where final_at is null and cancelled is null and settled = 0 group by action, agent`,
    sql`select 'closed', final_by, count(*) from asked_case where final_by is not null group by final_by`,
    sql`select 'labelled/' || role, dataset, count(*) from asked_case
      where closing is not null group by role, dataset`,
    sql`select 'decided/answered', agent || '/' || version || '/' || cast(guarantee as text), count(*)
      from plain_answer group by agent, version, guarantee`,
  ])
    await sql`insert into case_tally (what, subject, count) ${counted}`.execute(database)
}

const casesAtOnce = 1000
const guaranteeOf = z.object({ guarantee: z.number().default(0) })

interface Row {
  readonly id: string
  readonly agent: string
  readonly version: string
  readonly role: string
  readonly action: string
  readonly decision: string
  readonly advice_disclosed: number
  readonly is_over: number
  readonly is_closed: number
}

/** Under which guarantee a case was decided stands in a text, so that cases are read, page by page. */
async function decidedBefore(database: MigrationDatabase): Promise<[readonly [string, string], number][]> {
  const counts = new Map<string, [readonly [string, string], number]>()
  for (let after = ''; ; ) {
    const { rows } = await sql<Row>`select id, agent, version, role, action, decision, advice_disclosed,
      case when settled = 0 and cancelled is not null then 1 else 0 end as is_over,
      case when settled = 0 and cancelled is null and first_at is not null and final_at is not null
        then 1 else 0 end as is_closed
      from asked_case where id > ${after} order by id limit ${casesAtOnce}`.execute(database)
    for (const row of rows) {
      const { guarantee } = guaranteeOf.parse(JSON.parse(row.decision))
      for (const part of partsOf(row)) {
        const key = [`decided/${part}`, `${row.agent}/${row.version}/${guarantee}`] as const
        counts.set(key.join(' '), [key, (counts.get(key.join(' '))?.[1] ?? 0) + 1])
      }
    }
    const last = rows.at(-1)
    if (last === undefined || rows.length < casesAtOnce) return [...counts.values()]
    after = last.id
  }
}

function partsOf(row: Row): string[] {
  const decided = row.action === 'answer' ? 'answered' : row.advice_disclosed === 1 ? 'consulted' : 'deferred'
  if (row.is_closed === 1) return [decided, decided === 'deferred' ? 'labelledDeferred' : 'labelledAudited']
  return row.is_over === 0 && row.role === 'calibrate' ? [decided, 'awaited'] : [decided]
}

async function addIndexes({ schema }: MigrationDatabase): Promise<void> {
  const onCase = (name: string) => schema.createIndex(name).on('asked_case')
  await onCase('asked_case_unbegun')
    .columns(['action', 'asked', 'id'])
    .where(sql.ref('first_by'), 'is', null)
    .where(sql.ref('final_at'), 'is', null)
    .where(sql.ref('cancelled'), 'is', null)
    .where(sql.ref('settled'), '=', 0)
    .execute()
  await onCase('asked_case_begun')
    .columns(['first_by', 'action', 'asked', 'id'])
    .where(sql.ref('first_by'), 'is not', null)
    .where(sql.ref('final_at'), 'is', null)
    .where(sql.ref('cancelled'), 'is', null)
    .where(sql.ref('settled'), '=', 0)
    .execute()
  await onCase('asked_case_newest').columns(['asked', 'id']).execute()
  await onCase('asked_case_cancelled')
    .columns(['asked', 'id'])
    .where(sql.ref('cancelled'), 'is not', null)
    .execute()
  await onCase('asked_case_cancelled_of_asker')
    .columns(['asked_by', 'asked', 'id'])
    .where(sql.ref('cancelled'), 'is not', null)
    .execute()
  await onCase('asked_case_deferred_of_asker')
    .columns(['asked_by', 'asked', 'id'])
    .where(sql.ref('action'), '=', 'defer')
    .where(sql.ref('final_at'), 'is', null)
    .where(sql.ref('cancelled'), 'is', null)
    .where(sql.ref('advice_disclosed'), '=', 0)
    .execute()
  await onCase('asked_case_judged')
    .columns(['agent', 'version', 'id'])
    .where(sql.ref('final_class'), 'is not', null)
    .execute()
  // One more index for each of very many answers: the operator's list would sort all of them without it.
  await schema.createIndex('plain_answer_newest').on('plain_answer').columns(['asked', 'id']).execute()
}
