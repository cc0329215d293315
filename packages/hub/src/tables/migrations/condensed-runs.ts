import type { Migration } from '@consort/storage'
import { sql } from 'kysely'

/** Of a run that ended long ago one row stays, and the cards that its tasks were about. */
export const condensedRunsMigration: Migration = {
  name: 'condensed-runs',
  async up({ schema }) {
    await schema
      .alterTable('run')
      .addColumn('emptied', 'integer', column => column.notNull().defaultTo(0))
      .execute()
    await schema.createIndex('run_full').on('run').column('ended').where(sql.ref('emptied'), '=', 0).execute()
    await schema
      .createTable('condensed_run')
      .addColumn('run', 'text', column => column.primaryKey().references('run.id'))
      .addColumn('round', 'text')
      .addColumn('exposures', 'text', column => column.notNull())
      .addColumn('sums', 'text', column => column.notNull())
      .execute()
    await schema
      .createTable('condensed_card')
      .addColumn('run', 'text', column => column.notNull().references('run.id'))
      .addColumn('member', 'text', column => column.notNull().references('member.id'))
      .addColumn('card', 'text', column => column.notNull())
      .addColumn('part', 'text', column => column.notNull())
      .addPrimaryKeyConstraint('condensed_card_key', ['run', 'member', 'card'])
      .execute()
    await schema.createIndex('condensed_card_of_card').on('condensed_card').column('card').execute()
    await schema.createIndex('usage_of_version').on('usage').columns(['version', 'month']).execute()
  },
}
