import type { Migration } from '@consort/storage'

/** Pages of settled months move into files; those that still have rows are found by an index. */
export const usageArchiveMigration: Migration = {
  name: 'usage-archive',
  async up({ schema }) {
    await schema.alterTable('usage_page').addColumn('file', 'text').execute()
    await schema.alterTable('usage_page').addColumn('file_bytes', 'integer').execute()
    await schema
      .alterTable('usage_page')
      .addColumn('emptied', 'integer', column => column.notNull().defaultTo(0))
      .execute()
    await schema.createIndex('usage_page_emptied').on('usage_page').columns(['emptied', 'month']).execute()
  },
}
