import type { Kysely, Transaction } from 'kysely'
import type { SchemaOwner } from '../database/schema-owner.ts'
import type { KeptDays } from './keep-setting.ts'

export interface RetentionTables {
  /** What each rule did last, and under which setting. */
  retention: {
    rule: string
    /** Null keeps everything. */
    days: number | null
    swept: string
    /** Rows that went the last time, and ever. */
    rows: number
    rows_ever: number
    /** What was older than this went: the latest such moment. Null where nothing ever went. */
    until: string | null
  }
}

export const retentionSchema: SchemaOwner = {
  owner: 'retention',
  migrations: [
    {
      name: 'retention',
      up: ({ schema }) =>
        schema
          .createTable('retention')
          .addColumn('rule', 'text', column => column.primaryKey())
          .addColumn('days', 'integer')
          .addColumn('swept', 'text', column => column.notNull())
          .addColumn('rows', 'integer', column => column.notNull())
          .addColumn('rows_ever', 'integer', column => column.notNull())
          .addColumn('until', 'text')
          .execute(),
    },
  ],
}

type Reader = Kysely<RetentionTables> | Transaction<RetentionTables>

/** What a rule did when it last looked. */
export interface Sweep {
  readonly rule: string
  readonly days: KeptDays
  readonly swept: string
  readonly rows: number
  readonly rowsEver: number
  readonly until: string | null
}

/** Notes before rows go that they may be gone, so that whoever misses one is told why. */
export async function noteCut(
  database: Reader,
  rule: string,
  cut: { days: number; until: string; at: string },
) {
  const { days, until, at } = cut
  await database
    .insertInto('retention')
    .values({ rule, days, swept: at, rows: 0, rows_ever: 0, until })
    .onConflict(conflict =>
      conflict.column('rule').doUpdateSet(({ ref, eb, fn }) => ({
        days,
        swept: at,
        rows: 0,
        until: eb
          .case()
          .when(fn.coalesce('retention.until', eb.val('')), '<', until)
          .then(until)
          .else(ref('retention.until'))
          .end(),
      })),
    )
    .execute()
}

/** Counts rows that went. */
export async function noteSwept(database: Reader, rule: string, rows: number): Promise<void> {
  await database
    .updateTable('retention')
    .set(({ eb }) => ({ rows: eb('rows', '+', rows), rows_ever: eb('rows_ever', '+', rows) }))
    .where('rule', '=', rule)
    .execute()
}

/** Notes that a rule keeps everything. */
export async function noteAlways(database: Reader, rule: string, at: string): Promise<void> {
  await database
    .insertInto('retention')
    .values({ rule, days: null, swept: at, rows: 0, rows_ever: 0, until: null })
    .onConflict(conflict => conflict.column('rule').doUpdateSet({ days: null, swept: at, rows: 0 }))
    .execute()
}

/** When a rule looked last; undefined where none ever did. */
export async function latestSweep(database: Reader): Promise<Date | undefined> {
  const row = await database
    .selectFrom('retention')
    .select(({ fn }) => fn.max<string | null>('swept').as('swept'))
    .executeTakeFirst()
  return row?.swept ? new Date(row.swept) : undefined
}

/** What a rule did last; undefined where it never looked. */
export async function lastSweep(database: Reader, rule: string): Promise<Sweep | undefined> {
  const row = await database.selectFrom('retention').selectAll().where('rule', '=', rule).executeTakeFirst()
  return (
    row && {
      rule: row.rule,
      days: row.days ?? 'always',
      swept: row.swept,
      rows: row.rows,
      rowsEver: row.rows_ever,
      until: row.until,
    }
  )
}
