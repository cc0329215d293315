import type { Migration } from '@consort/storage'

/** A part of the hub's tables: what it needs to pass consultations on. */
export interface ConsultationTables {
  /** With which key each member opens consultations, signed by itself. */
  consultation_key: { member: string; signed: string }
  /** Consultations in flight, and nothing of them afterwards. */
  consultation: {
    id: string
    asker: string
    answerer: string
    /** Of the sealed question. */
    digest: string
    /** `waiting` or `answered`. */
    state: string
    /** The question while it waits, then the answer; null where the question could not be opened. */
    sealed: string | null
    /** Milliseconds since 1970. */
    expires: number
  }
}

export const consultationMigration: Migration = {
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
