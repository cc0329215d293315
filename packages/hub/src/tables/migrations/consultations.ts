import type { Migration } from '@consort/storage'

export const consultationsMigration: Migration = {
  name: 'consultations',
  async up({ schema }) {
    await schema
      .createTable('consultation_key')
      .addColumn('member', 'text', column => column.primaryKey().references('member.id'))
      .addColumn('signed', 'text', column => column.notNull())
      .execute()
    await schema
      .createTable('consultation')
      .addColumn('id', 'text', column => column.primaryKey())
      .addColumn('asker', 'text', column => column.notNull().references('member.id'))
      .addColumn('answerer', 'text', column => column.notNull().references('member.id'))
      .addColumn('digest', 'text', column => column.notNull())
      .addColumn('state', 'text', column => column.notNull())
      .addColumn('sealed', 'text')
      .addColumn('expires', 'bigint', column => column.notNull())
      .execute()
    await schema
      .createIndex('consultation_of_answerer')
      .on('consultation')
      .columns(['answerer', 'state'])
      .execute()
  },
}
