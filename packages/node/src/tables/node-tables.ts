import type { DataSource } from '@consort/data'
import type { LossCurve, LossLedger } from '@consort/privacy'
import type {
  Agreement,
  Digest,
  Id,
  Manifest,
  SignedDataCard,
  SignedFieldStatistics,
  SignedPrivacyMark,
  SignedRoster,
  SignedUsage,
  Survey,
  TableSchema,
  UsagePage,
} from '@consort/protocol'
import type { ReviewTables } from '@consort/review'
import type { EventTables, Json, RetentionTables, SchemaOwner } from '@consort/storage'
import type { Generated, Kysely, Transaction } from 'kysely'
import type { KeptSum } from './kept-sum.ts'
import type { NoisedCounts } from './noised-counts.ts'
import type { TrainingOutcome } from './training-outcome.ts'

/**
 * The node's own tables; docs/data-model-node.md tells them in words. Each has one store, which alone has queries on
 * it.
 */
export interface NodeTables extends EventTables, RetentionTables {
  dataset: {
    /** Of the data card. */
    id: Id<'card'>
    dataset: string
    source: Json<DataSource>
    validation: number
    /** Keyed digest over all records: notices that the files changed. */
    digest: string
    signed_card: Json<SignedDataCard>
    /** The agreed schema that the records were mapped to; null for records as they lie. */
    schema: Json<TableSchema> | null
    /** Signed statistics to tell the hub with the card, where the agreement allows them. */
    signed_statistics: Json<SignedFieldStatistics> | null
    /** How many cases that people answered are among the training records. */
    cases: number
    /** The true counts of a card that carries noise; null where the card's are true. */
    noised: Json<NoisedCounts> | null
    /** Keyed digest over all privacy units; null for pictures, and for cards from before there was one. */
    units_digest: string | null
    current: 0 | 1
    /** 0 is still to be told to the hub. */
    published: 0 | 1
    registered: string
  }
  /** Rosters that this node has checked: fully signed, the hub's, with itself in them. */
  roster: { digest: Digest; version: number; signed: Json<SignedRoster> }
  /** Agreements that this node signed, and those that it has seen with all signatures. */
  agreement: { digest: Digest; version: number; document: Json<Agreement>; in_force: 0 | 1 }
  /** How many answers of this node the statements counted that it signed of a month, at the most. */
  signed_month: { agreement: Digest; month: string; answers: number }
  /**
   * Answers that agents here gave, signed. `told`: 0 is still to be told to the hub, 1 was, 2 was
   * refused, 3 is also in a statement that this node signed.
   */
  usage: { id: Id<'usage'>; month: string; signed: Json<SignedUsage>; told: 0 | 1 | 2 | 3 }
  /**
   * Pages of all members' answers that this node has checked, of the month whose statement it saw last: fetched once.
   */
  checked_usage_page: {
    digest: Digest
    month: string
    page: Json<UsagePage>
    ids: Json<readonly Id<'usage'>[]>
  }
  /** Work that is done, kept until the hub has acknowledged it: an update is sent again, never made again. */
  work: {
    task: Id<'task'> | Id<'survey'>
    manifest: Json<Manifest>
    /** `{}` for a survey. */
    result: Json<Partial<TrainingOutcome>>
    created: string
    /** The manifest of the masked update, once there is one. */
    masked: Json<Manifest> | null
  }
  /** Surveys that this node has answered, and about which records. Never forgotten. */
  survey: {
    id: Id<'survey'>
    dataset: string
    digest: string
    records: number
    questions: Json<Survey['questions']>
    answered: string
  }
  /**
   * This node's side of secure sums: one state an attempt, which says what was answered, and when it last changed; of
   * one that is over little stays. Never forgotten.
   */
  secure_sum: {
    run: string
    round: number
    attempt: number
    state: Json<KeptSum>
    /** Empty for one from before times were kept. */
    at: string
    over: 0 | 1
  }
  /** Whose loss of privacy is kept in which ledger: records and persons, by keyed digest. */
  privacy_unit: { unit: string; ledger: number }
  /** One ledger for all units that have the same history. */
  privacy_ledger: {
    id: Generated<number>
    ledger: Json<LossLedger>
    /** Names of the data sets that its units were released from. */
    datasets: Json<string[]>
    /** The column that named the persons; null when its units are records. */
    person: string | null
  }
  /** By which columns the records of people who have a budget are known again; the first data set that had them. */
  privacy_columns: { person: string; columns: Json<string[]>; dataset: string }
  /** Records of people who have a budget, by keyed digest of those columns. */
  privacy_record: { record: string }
  /** Every release that something was reserved for; `settled` once it is written down as made. */
  privacy_release: {
    release: string
    task: string
    run: string
    dataset: string
    loss: Json<LossCurve>
    settled: 0 | 1
  }
  /** The only row: how far the ledgers have come, and what the hub has signed of it. */
  privacy_mark: {
    id: 1
    counter: number
    head: Digest
    /** What units that are not in any ledger may have lost: since an older copy was reconciled. */
    unknown: Json<LossCurve>
    /** The mark as this node signed it. */
    signed: Json<SignedPrivacyMark> | null
    /** The latest that the hub signed. */
    witnessed: Json<SignedPrivacyMark> | null
  }
}

/** What reads: by itself or inside a transaction. */
export type NodeReader = Kysely<NodeTables> | Transaction<NodeTables>

/** With the cases that people answered here: some of them are training records. */
export type NodeAndReviewTables = NodeTables & ReviewTables

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
    {
      name: 'digests-of-units',
      async up({ schema }) {
        await schema.alterTable('dataset').addColumn('units_digest', 'text').execute()
      },
    },
    {
      name: 'records-of-persons',
      async up({ schema }) {
        await schema
          .createTable('privacy_columns')
          .addColumn('person', 'text', column => column.notNull())
          .addColumn('columns', 'text', column => column.notNull())
          .addColumn('dataset', 'text', column => column.notNull())
          .addPrimaryKeyConstraint('privacy_columns_key', ['person', 'columns'])
          .execute()
        await schema
          .createTable('privacy_record')
          .addColumn('record', 'text', column => column.primaryKey())
          .execute()
      },
    },
    {
      name: 'checked-usage-pages',
      async up({ schema }) {
        await schema
          .createTable('checked_usage_page')
          .addColumn('digest', 'text', column => column.primaryKey())
          .addColumn('month', 'text', column => column.notNull())
          .addColumn('page', 'text', column => column.notNull())
          .addColumn('ids', 'text', column => column.notNull())
          .execute()
        await schema.createIndex('usage_told').on('usage').columns(['told', 'id']).execute()
        await schema.createIndex('usage_of_month').on('usage').columns(['month', 'told', 'id']).execute()
      },
    },
    {
      name: 'retention',
      /** What is old is found by an index. */
      async up({ schema }) {
        await schema.createIndex('usage_by_month').on('usage').columns(['month', 'id']).execute()
        await schema
          .createIndex('dataset_replaced')
          .on('dataset')
          .columns(['current', 'registered'])
          .execute()
      },
    },
    {
      name: 'sums-over',
      async up({ schema }) {
        await schema
          .alterTable('secure_sum')
          .addColumn('at', 'text', column => column.notNull().defaultTo(''))
          .execute()
        await schema
          .alterTable('secure_sum')
          .addColumn('over', 'integer', column => column.notNull().defaultTo(0))
          .execute()
        await schema.createIndex('secure_sum_over').on('secure_sum').columns(['over', 'at']).execute()
      },
    },
    {
      name: 'signed-months',
      async up({ schema }) {
        await schema
          .createTable('signed_month')
          .addColumn('agreement', 'text', column => column.notNull())
          .addColumn('month', 'text', column => column.notNull())
          .addColumn('answers', 'integer', column => column.notNull())
          .addPrimaryKeyConstraint('signed_month_key', ['agreement', 'month'])
          .execute()
      },
    },
    {
      name: 'sums-of-runs-and-old-work',
      async up({ schema }) {
        await schema.createIndex('secure_sum_over_of_run').on('secure_sum').columns(['over', 'run']).execute()
        await schema.createIndex('work_created').on('work').column('created').execute()
      },
    },
  ],
}
