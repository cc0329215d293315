import type { Migration } from '@consort/storage'

export const privacyBudgetsMigration: Migration = {
  name: 'privacy-budgets',
  async up({ schema }) {
    await schema
      .createTable('privacy_mark')
      .addColumn('member', 'text', column => column.primaryKey().references('member.id'))
      .addColumn('counter', 'integer', column => column.notNull())
      .addColumn('signed', 'text', column => column.notNull())
      .execute()
    await schema
      .createTable('privacy_statement')
      .addColumn('run', 'text', column => column.notNull().references('run.id'))
      .addColumn('member', 'text', column => column.notNull().references('member.id'))
      .addColumn('signed', 'text', column => column.notNull())
      .addPrimaryKeyConstraint('privacy_statement_key', ['run', 'member'])
      .execute()
  },
}
