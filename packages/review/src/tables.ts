import type { SchemaOwner } from '@consort/storage'
import { type Kysely, sql, type Transaction } from 'kysely'

export interface ReviewTables {
  asked_case: {
    id: string
    agent: string
    dataset: string
    version: string
    asked_by: string
    idempotency_key: string
    request_digest: string
    record: string
    webhook: string | null
    role: string
    action: string
    decision: string
    /** What a partner's agent said. */
    advice: string | null
    /** 1 where nobody has to look at it any more: a partner's agent has answered. */
    settled: number
    asked: string
    revision: number
    first_class: string | null
    first_by: string | null
    first_name: string | null
    first_at: string | null
    final_class: string | null
    final_by: string | null
    final_name: string | null
    final_at: string | null
    /** Counts the closed cases, in the order in which they were closed, whatever the clock says. */
    closing: number | null
    /** When its caller took it back. */
    cancelled: string | null
  }
  /** What agents answered alone, in the batches in which it was written. */
  plain_answer: {
    id: string
    agent: string
    asked_by: string
    idempotency_key: string | null
    asked: string
    /** The first id of those that were written together. */
    batch: string
    /** All of it, as JSON: what the digest of the batch is taken over. */
    text: string
  }
  /** What callers said of answers later; the latest of each. */
  feedback: { case_id: string; said_by: string; verdict: string; label: string | null; at: string }
}

/** What reads: by itself or inside a transaction. */
export type ReviewReader = Kysely<ReviewTables> | Transaction<ReviewTables>

export const reviewSchema: SchemaOwner = {
  owner: 'review',
  migrations: [
    {
      name: 'cases',
      async up({ schema }) {
        await schema
          .createTable('asked_case')
          .addColumn('id', 'text', column => column.primaryKey())
          .addColumn('agent', 'text', column => column.notNull())
          .addColumn('dataset', 'text', column => column.notNull())
          .addColumn('version', 'text', column => column.notNull())
          .addColumn('asked_by', 'text', column => column.notNull())
          .addColumn('idempotency_key', 'text', column => column.notNull())
          .addColumn('request_digest', 'text', column => column.notNull())
          .addColumn('record', 'text', column => column.notNull())
          .addColumn('webhook', 'text')
          .addColumn('role', 'text', column => column.notNull())
          .addColumn('action', 'text', column => column.notNull())
          .addColumn('decision', 'text', column => column.notNull())
          .addColumn('asked', 'text', column => column.notNull())
          .addColumn('revision', 'integer', column => column.notNull())
          .addColumn('first_class', 'text')
          .addColumn('first_by', 'text')
          .addColumn('first_name', 'text')
          .addColumn('first_at', 'text')
          .addColumn('final_class', 'text')
          .addColumn('final_by', 'text')
          .addColumn('final_name', 'text')
          .addColumn('final_at', 'text')
          .addColumn('closing', 'integer', column => column.unique())
          .addUniqueConstraint('asked_case_once', ['asked_by', 'idempotency_key'])
          .execute()
        await schema
          .createIndex('asked_case_open')
          .on('asked_case')
          .columns(['action', 'final_at', 'asked'])
          .execute()
        await schema
          .createIndex('asked_case_labelled')
          .on('asked_case')
          .columns(['dataset', 'role', 'closing'])
          .execute()
      },
    },
    {
      name: 'plain-answers-and-feedback',
      async up({ schema }) {
        await schema.alterTable('asked_case').addColumn('cancelled', 'text').execute()
        await schema
          .createTable('plain_answer')
          .addColumn('id', 'text', column => column.primaryKey())
          .addColumn('agent', 'text', column => column.notNull())
          .addColumn('asked_by', 'text', column => column.notNull())
          .addColumn('idempotency_key', 'text')
          .addColumn('asked', 'text', column => column.notNull())
          .addColumn('batch', 'text', column => column.notNull())
          .addColumn('text', 'text', column => column.notNull())
          .execute()
        // Answers are many, and each index is written for each of them: these grow at their end.
        await schema
          .createIndex('plain_answer_listed')
          .on('plain_answer')
          .columns(['asked_by', 'asked'])
          .execute()
        await schema
          .createIndex('plain_answer_once')
          .on('plain_answer')
          .columns(['asked_by', 'idempotency_key'])
          .unique()
          .where('idempotency_key', 'is not', null)
          .execute()
        await schema
          .createIndex('asked_case_listed')
          .on('asked_case')
          .columns(['asked_by', 'asked', 'id'])
          .execute()
        await schema
          .createTable('feedback')
          .addColumn('case_id', 'text', column => column.notNull())
          .addColumn('said_by', 'text', column => column.notNull())
          .addColumn('verdict', 'text', column => column.notNull())
          .addColumn('label', 'text')
          .addColumn('at', 'text', column => column.notNull())
          .addPrimaryKeyConstraint('feedback_key', ['case_id', 'said_by'])
          .execute()
      },
    },
    {
      name: 'cases-to-weigh',
      async up({ schema }) {
        await schema
          .createIndex('asked_case_weighed')
          .on('asked_case')
          .columns(['agent', 'version', 'role', 'id'])
          .execute()
        await schema
          .createIndex('asked_case_audited')
          .on('asked_case')
          .columns(['agent', 'version', 'id'])
          .where(sql.ref('action'), '=', 'answer')
          .execute()
        await schema.alterTable('asked_case').addColumn('advice', 'text').execute()
        await schema
          .alterTable('asked_case')
          .addColumn('settled', 'integer', column => column.notNull().defaultTo(0))
          .execute()
        await schema
          .createIndex('asked_case_advised')
          .on('asked_case')
          .columns(['agent', 'version', 'id'])
          .where(sql.ref('advice'), 'is not', null)
          .execute()
        await schema
          .createIndex('asked_case_waiting')
          .on('asked_case')
          .columns(['action', 'asked', 'id'])
          .where(sql.ref('final_at'), 'is', null)
          .where(sql.ref('cancelled'), 'is', null)
          .where(sql.ref('settled'), '=', 0)
          .execute()
      },
    },
    {
      name: 'closed-by',
      /** Counting what a person has closed reads no case. */
      async up({ schema }) {
        await schema
          .createIndex('asked_case_closed_by')
          .on('asked_case')
          .column('final_by')
          .where(sql.ref('final_by'), 'is not', null)
          .execute()
      },
    },
  ],
}
