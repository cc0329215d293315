import type { SchemaOwner } from '@consort/storage'

export interface ServingTables {
  /** Keys of applications and experts, as digests. */
  access_key: { id: string; name: string; holder: string; digest: string; created: string }
  /** Webhooks on their way, and what became of them. */
  webhook: {
    id: string
    /** Whose secret signs it. */
    access_key: string
    url: string
    body: string
    state: string
    attempts: number
    next_attempt: string
    created: string
  }
}

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
  ],
}
