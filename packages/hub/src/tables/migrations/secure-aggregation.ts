import type { Migration } from '@consort/storage'

export const secureAggregationMigration: Migration = {
  name: 'secure-aggregation',
  async up({ schema }) {
    await schema
      .createTable('aggregation')
      .addColumn('run', 'text', column => column.notNull())
      .addColumn('round', 'integer', column => column.notNull())
      .addColumn('attempt', 'integer', column => column.notNull())
      .addColumn('state', 'text', column => column.notNull())
      .addColumn('deadline', 'bigint')
      .addColumn('opened', 'integer', column => column.notNull())
      .addColumn('exposures', 'text', column => column.notNull())
      .addPrimaryKeyConstraint('aggregation_key', ['run', 'round', 'attempt'])
      .execute()
    await schema
      .createTable('aggregation_message')
      .addColumn('run', 'text', column => column.notNull())
      .addColumn('round', 'integer', column => column.notNull())
      .addColumn('attempt', 'integer', column => column.notNull())
      .addColumn('kind', 'text', column => column.notNull())
      .addColumn('member', 'text', column => column.notNull())
      .addColumn('message', 'text', column => column.notNull())
      .addPrimaryKeyConstraint('aggregation_message_key', ['run', 'round', 'attempt', 'kind', 'member'])
      .execute()
  },
}
