import type { MigrationDatabase, SchemaOwner } from '@consort/storage'
import { sql } from 'kysely'
import { z } from 'zod'
import { talliesMigration } from './tallies/tallies-migration.ts'

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
    {
      name: 'columns-in-place-of-text',
      async up(database) {
        await database.schema
          .alterTable('asked_case')
          .addColumn('advice_disclosed', 'integer', column => column.notNull().defaultTo(0))
          .execute()
        await sql`update asked_case set advice_disclosed = 1 where advice like '%"isTold":true%'`.execute(
          database,
        )
        await database.schema
          .alterTable('plain_answer')
          .addColumn('version', 'text', column => column.notNull().defaultTo(''))
          .execute()
        await database.schema
          .alterTable('plain_answer')
          .addColumn('guarantee', 'integer', column => column.notNull().defaultTo(0))
          .execute()
        await fillAnswers(database)
      },
    },
    talliesMigration,
  ],
}

const answersAtOnce = 1000

/** What the texts held when this step was written; the first ones said nothing of a guarantee. */
const filledFrom = z.object({
  version: z.string(),
  decision: z.object({ guarantee: z.number().default(0) }),
})

/** Reads answers page by page, since there may be millions, and copies into columns what is looked for. */
async function fillAnswers(database: MigrationDatabase): Promise<void> {
  for (let after = ''; ; ) {
    const { rows } = await sql<{ id: string; text: string }>`
      select id, text from plain_answer where id > ${after} order by id limit ${answersAtOnce}`.execute(
      database,
    )
    for (const { id, text } of rows) {
      const { version, decision } = filledFrom.parse(JSON.parse(text))
      await sql`update plain_answer set version = ${version}, guarantee = ${decision.guarantee} where id = ${id}`.execute(
        database,
      )
    }
    const last = rows.at(-1)
    if (last === undefined || rows.length < answersAtOnce) return
    after = last.id
  }
}
