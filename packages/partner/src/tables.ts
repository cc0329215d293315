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
    /** The agreed schema that the records were mapped to; null for records as they lie. */
    schema: string | null
    /** Signed statistics to tell the hub with the card, where the agreement allows them. */
    signed_statistics: string | null
    /** How many cases that people answered are among the training records. */
    cases: number
    current: number
    published: number
    registered: string
  }
  /** Rosters that this node has checked: fully signed, the hub's, with itself in them. */
  roster: { digest: string; version: number; signed: string }
  /** Agreements that this node signed, and those that it has seen with all signatures. */
  agreement: { digest: string; version: number; document: string; in_force: number }
  /** Answers that agents here gave, signed; `told` as in `settlement/usage.ts`. */
  usage: { id: string; month: string; signed: string; told: number }
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
          .addColumn('schema', 'text')
          .addColumn('signed_statistics', 'text')
          .addColumn('cases', 'integer', column => column.notNull())
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
          .createTable('agreement')
          .addColumn('digest', 'text', column => column.primaryKey())
          .addColumn('version', 'integer', column => column.notNull())
          .addColumn('document', 'text', column => column.notNull())
          .addColumn('in_force', 'integer', column => column.notNull())
          .execute()
        await schema
          .createTable('usage')
          .addColumn('id', 'text', column => column.primaryKey())
          .addColumn('month', 'text', column => column.notNull())
          .addColumn('signed', 'text', column => column.notNull())
          .addColumn('told', 'integer', column => column.notNull())
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
