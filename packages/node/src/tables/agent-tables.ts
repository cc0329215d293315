import type {
  ErrorWatch,
  ExchangeabilityWatch,
  Guarantee,
  HeldOutLabel,
  KeptCalibration,
} from '@consort/agents'
import type { AgentView, ChallengerView, Id, ModelCard } from '@consort/protocol'
import type { ReviewTables } from '@consort/review'
import type { ServingTables } from '@consort/serving'
import type { Json, SchemaOwner } from '@consort/storage'
import type { Kysely, Transaction } from 'kysely'
import type { NodeTables } from './node-tables.ts'

/** Exploration, spot checks, and for how long labels are waited for. */
export type KeptRules = Pick<AgentView, 'exploration' | 'audit' | 'labelDays' | 'watchPopulation'>

/** A challenger as it is kept; its gate stands with its version. */
export type KeptChallenger = Omit<ChallengerView, 'gate' | 'calibration' | 'guarantee'>

/** What withdrew the guarantee before. */
export type WithdrawnBy = NonNullable<AgentView['guarantee']['after']>

export interface AgentTables {
  agent: {
    name: string
    dataset: string
    version: Id<'version'>
    alpha: number
    delta: number
    costs: Json<AgentView['costs']>
    /** Null takes the cheapest action. */
    beta: number | null
    rules: Json<KeptRules>
    since: string
    /** A version that is tried out beside the one that is served, with what labels say of it. */
    challenger: Json<KeptChallenger> | null
  }
  /** How a version that an agent serves or tries out is calibrated, and what labels say of it. */
  standing: {
    agent: string
    version: Id<'version'>
    calibrated: string
    calibration: Json<KeptCalibration>
    /** What the guarantee started with, so that another policy can be weighed by the same labels. */
    held_out: Json<readonly HeldOutLabel[]>
    guarantee: Json<Guarantee>
    number: number
    began: string
    stage: number
    after: Json<WithdrawnBy> | null
    /** The last case whose label was weighed. */
    weighed_to: Id<'case'> | null
    /** The last spot-checked answer that the error watch has seen. */
    watched_to: Id<'case'> | null
    error_watch: Json<ErrorWatch>
    /** Cases that were decided, and what they looked like since the guarantee began; a crash loses the last few. */
    cases: number
    population_watch: Json<ExchangeabilityWatch>
  }
  /** The cards of versions that were ever served here; weights are kept for those that still are. */
  served_version: { version: Id<'version'>; card: Json<ModelCard> }
}

/** All that a node's database holds. */
export type AllTables = NodeTables & ServingTables & ReviewTables & AgentTables

/** What reads: by itself or inside a transaction. */
export type AgentReader = Kysely<AgentTables> | Transaction<AgentTables>

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
    {
      name: 'standings',
      /** Agents from before have to be put again: their gates rest on one look at labels that nobody kept. */
      async up({ schema }) {
        await schema.dropTable('agent').execute()
        await schema
          .createTable('agent')
          .addColumn('name', 'text', column => column.primaryKey())
          .addColumn('dataset', 'text', column => column.notNull())
          .addColumn('version', 'text', column => column.notNull())
          .addColumn('alpha', 'double precision', column => column.notNull())
          .addColumn('delta', 'double precision', column => column.notNull())
          .addColumn('costs', 'text', column => column.notNull())
          .addColumn('beta', 'double precision')
          .addColumn('rules', 'text', column => column.notNull())
          .addColumn('since', 'text', column => column.notNull())
          .addColumn('challenger', 'text')
          .execute()
        await schema
          .createTable('standing')
          .addColumn('agent', 'text', column => column.notNull())
          .addColumn('version', 'text', column => column.notNull())
          .addColumn('calibrated', 'text', column => column.notNull())
          .addColumn('calibration', 'text', column => column.notNull())
          .addColumn('held_out', 'text', column => column.notNull())
          .addColumn('guarantee', 'text', column => column.notNull())
          .addColumn('number', 'integer', column => column.notNull())
          .addColumn('began', 'text', column => column.notNull())
          .addColumn('stage', 'integer', column => column.notNull())
          .addColumn('after', 'text')
          .addColumn('weighed_to', 'text')
          .addColumn('watched_to', 'text')
          .addColumn('error_watch', 'text', column => column.notNull())
          .addColumn('cases', 'integer', column => column.notNull())
          .addColumn('population_watch', 'text', column => column.notNull())
          .addPrimaryKeyConstraint('standing_key', ['agent', 'version'])
          .execute()
      },
    },
  ],
}
