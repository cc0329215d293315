import type { EventTables, SchemaOwner } from '@consort/storage'

export interface NodeTables extends EventTables {
  dataset: {
    /** Of the data card. */
    id: string
    dataset: string
    source: string
    validation: number
    /** Keyed digest over all records: notices that the files changed. */
    digest: string
    signed_card: string
    current: number
    published: number
    registered: string
  }
  /** Rosters that this node has checked: fully signed, the hub's, with itself in them. */
  roster: { digest: string; version: number; signed: string }
  /** Work that is done, kept until the hub has acknowledged it: an update is sent again, never made again. */
  work: { task: string; manifest: string; result: string; created: string }
}

export const nodeSchema: SchemaOwner = {
  owner: 'node',
  migrations: [
    {
      name: 'node',
      async up({ schema }) {
        await schema
          .createTable('dataset')
          .addColumn('id', 'text', column => column.primaryKey())
          .addColumn('dataset', 'text', column => column.notNull())
          .addColumn('source', 'text', column => column.notNull())
          .addColumn('validation', 'double precision', column => column.notNull())
          .addColumn('digest', 'text', column => column.notNull())
          .addColumn('signed_card', 'text', column => column.notNull())
          .addColumn('current', 'integer', column => column.notNull())
          .addColumn('published', 'integer', column => column.notNull())
          .addColumn('registered', 'text', column => column.notNull())
          .execute()
        await schema
          .createTable('roster')
          .addColumn('digest', 'text', column => column.primaryKey())
          .addColumn('version', 'integer', column => column.notNull())
          .addColumn('signed', 'text', column => column.notNull())
          .execute()
        await schema
          .createTable('work')
          .addColumn('task', 'text', column => column.primaryKey())
          .addColumn('manifest', 'text', column => column.notNull())
          .addColumn('result', 'text', column => column.notNull())
          .addColumn('created', 'text', column => column.notNull())
          .execute()
      },
    },
  ],
}
