import type { Migration } from '@consort/storage'

export const usageMigration: Migration = {
  name: 'usage',
  async up({ schema }) {
    await schema
      .createTable('usage')
      .addColumn('id', 'text', column => column.primaryKey())
      .addColumn('member', 'text', column => column.notNull().references('member.id'))
      .addColumn('version', 'text', column => column.notNull().references('version.id'))
      .addColumn('month', 'text', column => column.notNull())
      .addColumn('signed', 'text', column => column.notNull())
      .execute()
    await schema.createIndex('usage_of_month').on('usage').column('month').execute()
  },
}
