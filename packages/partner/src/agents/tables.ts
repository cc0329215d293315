import type { ReviewTables } from '@consort/review'
import type { ServingTables } from '@consort/serving'
import type { SchemaOwner } from '@consort/storage'
import type { NodeTables } from '../tables.ts'

export interface AgentTables {
  agent: {
    name: string
    dataset: string
    version: string
    alpha: number
    delta: number
    costs: string
    /** Null takes the cheapest action. */
    beta: number | null
    temperature: number
    calibration_records: number
    gate: string
    since: string
    /** A version that is tried out beside the one that is served, with what labels say of it. */
    challenger: string | null
  }
  /** The cards of versions that were ever served here; weights are kept for those that still are. */
  served_version: { version: string; card: string }
}

/** All that a node's database holds. */
export type AllTables = NodeTables & ServingTables & ReviewTables & AgentTables

export const agentSchema: SchemaOwner = {
  owner: 'agents',
  migrations: [
    {
      name: 'agents',
      async up({ schema }) {
        await schema
          .createTable('agent')
          .addColumn('name', 'text', column => column.primaryKey())
          .addColumn('dataset', 'text', column => column.notNull())
          .addColumn('version', 'text', column => column.notNull())
          .addColumn('alpha', 'double precision', column => column.notNull())
          .addColumn('delta', 'double precision', column => column.notNull())
          .addColumn('costs', 'text', column => column.notNull())
          .addColumn('beta', 'double precision')
          .addColumn('temperature', 'double precision', column => column.notNull())
          .addColumn('calibration_records', 'integer', column => column.notNull())
          .addColumn('gate', 'text', column => column.notNull())
          .addColumn('since', 'text', column => column.notNull())
          .execute()
        await schema
          .createTable('served_version')
          .addColumn('version', 'text', column => column.primaryKey())
          .addColumn('card', 'text', column => column.notNull())
          .execute()
      },
    },
    {
      name: 'challengers',
      up: ({ schema }) => schema.alterTable('agent').addColumn('challenger', 'text').execute(),
    },
  ],
}
