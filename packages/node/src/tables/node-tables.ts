import type { EventTables, SchemaOwner } from '@consort/storage'
import type { Generated, Selectable } from 'kysely'

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
    /** The true counts of a card that carries noise, as `privacy/noised-counts.ts` keeps them; null where the card's are true. */
    noised: string | null
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
  work: {
    task: string
    manifest: string
    result: string
    created: string
    /** The manifest of the masked update, once there is one. */
    masked: string | null
  }
  /** Surveys that this node has answered, and about which records. Never forgotten. */
  survey: {
    id: string
    dataset: string
    digest: string
    records: number
    questions: string
    answered: string
  }
  /** This node's side of secure sums: one state an attempt, which says what was answered. Never forgotten. */
  secure_sum: { run: string; round: number; attempt: number; state: string }
  /** Whose loss of privacy is kept in which book: records and persons, by keyed digest. */
  privacy_unit: { unit: string; ledger: number }
  /** One book for all units that have the same history. */
  privacy_ledger: {
    id: Generated<number>
    ledger: string
    /** Names of the data sets that its units were released from. */
    datasets: string
    /** The column that named the persons; null when its units are records. */
    person: string | null
  }
  /** Every release that something was reserved for; `settled` once it is written down as made. */
  privacy_release: {
    release: string
    task: string
    run: string
    dataset: string
    loss: string
    settled: number
  }
  /** The only row: how far the books have come, and what the hub has signed of it. */
  privacy_mark: {
    id: number
    counter: number
    head: string
    /** What units that are not in any book may have lost: since an older copy was reconciled. */
    unknown: string
    /** The mark as this node signed it. */
    signed: string | null
    /** The latest that the hub signed. */
    witnessed: string | null
  }
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
    {
      name: 'secure-aggregation',
      async up({ schema }) {
        await schema.alterTable('work').addColumn('masked', 'text').execute()
        await schema
          .createTable('secure_sum')
          .addColumn('run', 'text', column => column.notNull())
          .addColumn('round', 'integer', column => column.notNull())
          .addColumn('attempt', 'integer', column => column.notNull())
          .addColumn('state', 'text', column => column.notNull())
          .addPrimaryKeyConstraint('secure_sum_key', ['run', 'round', 'attempt'])
          .execute()
      },
    },
    {
      name: 'privacy-budgets',
      async up({ schema }) {
        await schema
          .createTable('privacy_ledger')
          .addColumn('id', 'integer', column => column.primaryKey().autoIncrement())
          .addColumn('ledger', 'text', column => column.notNull())
          .addColumn('datasets', 'text', column => column.notNull())
          .addColumn('person', 'text')
          .execute()
        await schema
          .createTable('privacy_unit')
          .addColumn('unit', 'text', column => column.primaryKey())
          .addColumn('ledger', 'integer', column => column.notNull().references('privacy_ledger.id'))
          .execute()
        await schema.createIndex('privacy_unit_of_ledger').on('privacy_unit').column('ledger').execute()
        await schema
          .createTable('privacy_release')
          .addColumn('release', 'text', column => column.primaryKey())
          .addColumn('task', 'text', column => column.notNull())
          .addColumn('run', 'text', column => column.notNull())
          .addColumn('dataset', 'text', column => column.notNull())
          .addColumn('loss', 'text', column => column.notNull())
          .addColumn('settled', 'integer', column => column.notNull())
          .execute()
        await schema
          .createTable('privacy_mark')
          .addColumn('id', 'integer', column => column.primaryKey())
          .addColumn('counter', 'integer', column => column.notNull())
          .addColumn('head', 'text', column => column.notNull())
          .addColumn('unknown', 'text', column => column.notNull())
          .addColumn('signed', 'text')
          .addColumn('witnessed', 'text')
          .execute()
      },
    },
    {
      name: 'surveys',
      async up({ schema }) {
        await schema
          .createTable('survey')
          .addColumn('id', 'text', column => column.primaryKey())
          .addColumn('dataset', 'text', column => column.notNull())
          .addColumn('digest', 'text', column => column.notNull())
          .addColumn('records', 'integer', column => column.notNull())
          .addColumn('questions', 'text', column => column.notNull())
          .addColumn('answered', 'text', column => column.notNull())
          .execute()
      },
    },
    {
      name: 'noised-cards',
      async up({ schema }) {
        await schema.alterTable('dataset').addColumn('noised', 'text').execute()
      },
    },
  ],
}

/** A registered data set, with one data card. */
export type DatasetRow = Selectable<NodeTables['dataset']>
