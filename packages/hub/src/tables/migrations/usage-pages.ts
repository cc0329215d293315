import { digestSchema } from '@consort/protocol'
import type { Migration, MigrationDatabase } from '@consort/storage'
import { sql } from 'kysely'
import { z } from 'zod'

/** Statements name pages of usage events, and events are found by agreement, month and page. */
export const usagePagesMigration: Migration = {
  name: 'usage-pages',
  async up(database) {
    const { schema } = database
    await schema
      .alterTable('usage')
      .addColumn('agreement', 'text', column => column.notNull().defaultTo(''))
      .execute()
    await schema
      .alterTable('usage')
      .addColumn('page', 'integer', column => column.notNull().defaultTo(0))
      .execute()
    await fillAgreements(database)
    await schema.dropIndex('usage_of_month').execute()
    await schema
      .createIndex('usage_of_page')
      .on('usage')
      .columns(['agreement', 'month', 'page', 'id'])
      .execute()
    await schema
      .createTable('usage_page')
      .addColumn('digest', 'text', column => column.primaryKey())
      .addColumn('agreement', 'text', column => column.notNull())
      .addColumn('month', 'text', column => column.notNull())
      .addColumn('number', 'integer', column => column.notNull())
      .addColumn('count', 'integer', column => column.notNull())
      .addColumn('page', 'text', column => column.notNull())
      .addUniqueConstraint('usage_page_number', ['agreement', 'month', 'number'])
      .execute()
  },
}

const eventsAtOnce = 500
const filledFrom = z.object({ document: z.object({ agreement: digestSchema }) })

async function fillAgreements(database: MigrationDatabase): Promise<void> {
  for (let after = ''; ; ) {
    const { rows } = await sql<{ id: string; signed: string }>`
      select id, signed from usage where id > ${after} order by id limit ${eventsAtOnce}`.execute(database)
    for (const { id, signed } of rows) {
      const { agreement } = filledFrom.parse(JSON.parse(signed)).document
      await sql`update usage set agreement = ${agreement} where id = ${id}`.execute(database)
    }
    const last = rows.at(-1)
    if (last === undefined || rows.length < eventsAtOnce) return
    after = last.id
  }
}
