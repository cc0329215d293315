import type { Digest, Id } from '@consort/protocol'
import type { SchemaOwner } from '@consort/storage'
import type { AllTables } from './agent-tables.ts'

export interface ConsultationTables {
  /** What this node has asked. */
  consultation: {
    id: Id<'consultation'>
    agent: string
    /** By name. */
    partner: string
    /** Keyed digest of agent and record: whoever asks about the same case again after a restart goes on with it. */
    asked_about: string
    agreement: Digest
    /** As it was sent, to be sent again byte for byte; empty once it is over. */
    sealed: string
    propensity: number
    /**
     * On its way; answered or declined by the partner; failed; withheld by the hub; or nobody knows what became of it.
     */
    state: 'sent' | 'answered' | 'declined' | 'failed' | 'withheld' | 'unheard'
    /** The most that it may cost while it is on its way, then what it did cost. */
    price: number
    month: string
    sent: string
  }
  /** What this node was asked, and has answered or declined. Never forgotten, but for the sealed octets. */
  consulted: {
    id: Id<'consultation'>
    /** By name. */
    partner: string
    agent: string
    /** Of the sealed question. */
    question: Digest
    day: string
    /** 1 where it counts for the partner's questions of that day. */
    counted: 0 | 1
    sealed: string | null
    /** What is owed once the answer is delivered. */
    price: number
    /** 1 once the hub has taken the answer, 2 where that was too late. */
    told: 0 | 1 | 2
  }
  /** How partners have answered so far, as means in which the latest count most. */
  consulted_partner: {
    partner: string
    price: number
    /** When it last named that price. */
    priced: string
    seconds: number
    failed: number
    wrong: number
  }
}

/** All that a node's database holds. */
export type NodeAndConsultationTables = AllTables & ConsultationTables

export const consultationSchema: SchemaOwner = {
  owner: 'consultation',
  migrations: [
    {
      name: 'consultations',
      async up({ schema }) {
        await schema
          .createTable('consultation')
          .addColumn('id', 'text', column => column.primaryKey())
          .addColumn('agent', 'text', column => column.notNull())
          .addColumn('partner', 'text', column => column.notNull())
          .addColumn('asked_about', 'text', column => column.notNull())
          .addColumn('agreement', 'text', column => column.notNull())
          .addColumn('sealed', 'text', column => column.notNull())
          .addColumn('propensity', 'double precision', column => column.notNull())
          .addColumn('state', 'text', column => column.notNull())
          .addColumn('price', 'integer', column => column.notNull())
          .addColumn('month', 'text', column => column.notNull())
          .addColumn('sent', 'text', column => column.notNull())
          .execute()
        await schema
          .createIndex('consultation_of_month')
          .on('consultation')
          .columns(['agent', 'month'])
          .execute()
        await schema.createIndex('consultation_in_state').on('consultation').column('state').execute()
        await schema
          .createTable('consulted')
          .addColumn('id', 'text', column => column.primaryKey())
          .addColumn('partner', 'text', column => column.notNull())
          .addColumn('agent', 'text', column => column.notNull())
          .addColumn('question', 'text', column => column.notNull())
          .addColumn('day', 'text', column => column.notNull())
          .addColumn('counted', 'integer', column => column.notNull())
          .addColumn('sealed', 'text')
          .addColumn('price', 'integer', column => column.notNull())
          .addColumn('told', 'integer', column => column.notNull())
          .execute()
        await schema
          .createIndex('consulted_of_day')
          .on('consulted')
          .columns(['partner', 'agent', 'day'])
          .execute()
        await schema
          .createTable('consulted_partner')
          .addColumn('partner', 'text', column => column.primaryKey())
          .addColumn('price', 'integer', column => column.notNull())
          .addColumn('priced', 'text', column => column.notNull())
          .addColumn('seconds', 'double precision', column => column.notNull())
          .addColumn('failed', 'double precision', column => column.notNull())
          .addColumn('wrong', 'double precision', column => column.notNull())
          .execute()
      },
    },
    {
      name: 'retention',
      /** What is old is found by an index. */
      async up({ schema }) {
        await schema.createIndex('consultation_by_month').on('consultation').columns(['month']).execute()
        await schema.createIndex('consulted_by_day').on('consulted').columns(['day']).execute()
      },
    },
  ],
}
