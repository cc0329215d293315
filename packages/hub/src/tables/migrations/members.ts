import type { Migration } from '@consort/storage'

export const membersMigration: Migration = {
  name: 'members',
  async up({ schema }) {
    await schema
      .createTable('invite')
      .addColumn('id', 'text', column => column.primaryKey())
      .addColumn('secret_digest', 'text', column => column.notNull())
      .addColumn('name', 'text', column => column.notNull())
      .addColumn('role', 'text', column => column.notNull())
      .addColumn('member', 'text')
      .addColumn('created', 'text', column => column.notNull())
      .execute()
    await schema
      .createTable('member')
      .addColumn('id', 'text', column => column.primaryKey())
      .addColumn('name', 'text', column => column.notNull().unique())
      .addColumn('role', 'text', column => column.notNull())
      .addColumn('key', 'text', column => column.notNull().unique())
      .addColumn('enrolled', 'text', column => column.notNull())
      .addColumn('last_seen', 'text')
      .addColumn('latency_seconds', 'double precision')
      .addColumn('asked', 'integer', column => column.notNull().defaultTo(0))
      .addColumn('missed', 'integer', column => column.notNull().defaultTo(0))
      .execute()
    await schema
      .createTable('countersigned')
      .addColumn('digest', 'text', column => column.primaryKey())
      .addColumn('kind', 'text', column => column.notNull())
      .addColumn('about', 'text', column => column.notNull())
      .addColumn('version', 'integer', column => column.notNull())
      .addColumn('document', 'text', column => column.notNull())
      .addColumn('state', 'text', column => column.notNull())
      .execute()
    await schema
      .createTable('countersignature')
      .addColumn('digest', 'text', column => column.notNull().references('countersigned.digest'))
      .addColumn('key', 'text', column => column.notNull())
      .addColumn('signature', 'text', column => column.notNull())
      .addPrimaryKeyConstraint('countersignature_key', ['digest', 'key'])
      .execute()
    await schema
      .createTable('data_card')
      .addColumn('id', 'text', column => column.primaryKey())
      .addColumn('member', 'text', column => column.notNull().references('member.id'))
      .addColumn('dataset', 'text', column => column.notNull())
      .addColumn('signed', 'text', column => column.notNull())
      .addColumn('current', 'integer', column => column.notNull())
      .addColumn('published', 'text', column => column.notNull())
      .execute()
    await schema
      .createTable('field_statistics')
      .addColumn('card', 'text', column => column.primaryKey().references('data_card.id'))
      .addColumn('signed', 'text', column => column.notNull())
      .execute()
  },
}
