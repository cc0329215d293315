import type { SchemaOwner } from '@consort/storage'

export const servingSchema: SchemaOwner = {
  owner: 'serving',
  migrations: [
    {
      name: 'serving',
      async up({ schema }) {
        await schema
          .createTable('access_key')
          .addColumn('id', 'text', column => column.primaryKey())
          .addColumn('name', 'text', column => column.notNull().unique())
          .addColumn('holder', 'text', column => column.notNull())
          .addColumn('digest', 'text', column => column.notNull().unique())
          .addColumn('created', 'text', column => column.notNull())
          .execute()
        await schema
          .createTable('webhook')
          .addColumn('id', 'text', column => column.primaryKey())
          .addColumn('access_key', 'text', column => column.notNull().references('access_key.id'))
          .addColumn('url', 'text', column => column.notNull())
          .addColumn('body', 'text', column => column.notNull())
          .addColumn('state', 'text', column => column.notNull())
          .addColumn('attempts', 'integer', column => column.notNull())
          .addColumn('next_attempt', 'text', column => column.notNull())
          .addColumn('created', 'text', column => column.notNull())
          .execute()
        await schema.createIndex('webhook_due').on('webhook').columns(['state', 'next_attempt']).execute()
      },
    },
    {
      name: 'limits-of-keys',
      async up({ schema }) {
        // Keys from before there were limits have none, and are told every digit as they always were.
        const none = JSON.stringify({
          agents: null,
          expires: null,
          requestsPerMinute: null,
          queriesPerMonth: null,
          minorUnitsPerMonth: null,
          decimals: 15,
        })
        await schema
          .alterTable('access_key')
          .addColumn('limits', 'text', column => column.notNull().defaultTo(none))
          .execute()
        await schema.alterTable('access_key').addColumn('revoked', 'text').execute()
        await schema
          .createTable('access_account')
          .addColumn('access_key', 'text', column => column.notNull().references('access_key.id'))
          .addColumn('month', 'text', column => column.notNull())
          .addColumn('queries_spent', 'bigint', column => column.notNull())
          .addColumn('queries_held', 'bigint', column => column.notNull())
          .addColumn('units_spent', 'bigint', column => column.notNull())
          .addColumn('units_held', 'bigint', column => column.notNull())
          .addPrimaryKeyConstraint('access_account_key', ['access_key', 'month'])
          .execute()
        await schema
          .createTable('access_reservation')
          .addColumn('id', 'integer', column => column.primaryKey().autoIncrement())
          .addColumn('access_key', 'text', column => column.notNull().references('access_key.id'))
          .addColumn('month', 'text', column => column.notNull())
          .addColumn('queries', 'bigint', column => column.notNull())
          .addColumn('price', 'bigint', column => column.notNull())
          .execute()
        await schema
          .createTable('access_waiting')
          .addColumn('asked_case', 'text', column => column.primaryKey())
          .addColumn('access_key', 'text', column => column.notNull().references('access_key.id'))
          .addColumn('month', 'text', column => column.notNull())
          .addColumn('price', 'bigint', column => column.notNull())
          .execute()
      },
    },
  ],
}
