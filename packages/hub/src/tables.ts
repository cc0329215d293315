import { type EventTables, eventSchema, type SchemaOwner } from '@consort/storage'
import { type ConsultationTables, consultationMigration } from './consultation-tables.ts'

/** JSON is kept as text, times as ISO 8601 text, truth as 0 and 1: the same in SQLite and PostgreSQL. */
export interface HubTables extends EventTables, ConsultationTables {
  invite: {
    id: string
    secret_digest: string
    name: string
    role: string
    member: string | null
    created: string
  }
  member: {
    id: string
    name: string
    role: string
    key: string
    enrolled: string
    last_seen: string | null
    /** Seconds from a task to its update, exponentially averaged. */
    latency_seconds: number | null
    asked: number
    missed: number
  }
  /** Rosters, agreements and statements: `proposed`, `in-force` or `void`. */
  countersigned: {
    digest: string
    kind: string
    /** Month and agreement of a statement; empty for the others. */
    about: string
    version: number
    document: string
    state: string
  }
  countersignature: { digest: string; key: string; signature: string }
  /** The latest card of a member for a data set; older ones stay for the lineage of models. */
  data_card: {
    id: string
    member: string
    dataset: string
    signed: string
    current: number
    published: string
  }
  /** What members told of the data set of a card. */
  field_statistics: { card: string; signed: string }
  run: {
    id: string
    idempotency_key: string
    name: string
    recipe: string
    recipe_digest: string
    roster_digest: string
    agreement_digest: string | null
    only_members: string | null
    state: string
    revision: number
    /** The version that the present round starts from. */
    version: string
    created: string
    ended: string | null
    bytes_up: number
    bytes_down: number
  }
  round: {
    run: string
    round: number
    alpha: number
    candidates: string
    started: string
    ended: string | null
    version: string | null
  }
  task: {
    id: string
    run: string
    round: number
    member: string
    card: string
    work: string
    version: string
    signed: string
    /** `open` until it is settled, one way or another. */
    state: string
    opened: string
    settled: string | null
    /** What is announced, until it is part of a version. */
    manifest: string | null
    /** Digest of the manifest that was taken, masked or not: from then on no other one is announced. */
    update_digest: string | null
    loss: number | null
    weight: number | null
    metrics: string | null
    failure: string | null
  }
  /** Attempts at the secure sum of a run's round, or of a survey: a stage each, and the messages that it has collected. */
  aggregation: {
    run: string
    round: number
    attempt: number
    state: string
    /** Milliseconds since 1970. */
    deadline: number | null
    /** 1 from the moment that members may have opened shares. */
    opened: number
    exposures: string
  }
  aggregation_message: {
    run: string
    round: number
    attempt: number
    kind: string
    member: string
    message: string
  }
  /** Questions to all partners; `aggregation` has the attempts at their sums, `run` being the survey. */
  survey: {
    id: string
    idempotency_key: string
    dataset: string
    signed: string
    /** `open`, `done` or `failed`. */
    state: string
    reason: string
    /** Whose answers are in the sum. */
    members: string
    refusals: string
    answers: string
    created: string
    ended: string | null
  }
  /** Announced masked answers: one a member and attempt. */
  survey_input: { survey: string; attempt: number; member: string; manifest: string }
  /** How far each member's privacy book had come, with the hub's signature. */
  privacy_mark: { member: string; counter: number; signed: string }
  /** What each member says that a run may have told of its records. */
  privacy_statement: { run: string; member: string; signed: string }
  /** Answers that members' agents gave, as they told the hub. */
  usage: { id: string; member: string; version: string; month: string; signed: string }
  version: {
    id: string
    run: string
    round: number
    name: string
    weights: string
    created: string
    published: number
    /** The version of its name to use. */
    present: number
    kept: number
  }
}

const hubSchema: SchemaOwner = {
  owner: 'hub',
  migrations: [
    {
      name: 'members',
      async up({ schema }) {
        await schema
          .createTable('invite')
          .addColumn('id', 'text', column => column.primaryKey())
          .addColumn('secret_digest', 'text', column => column.notNull())
          .addColumn('name', 'text', column => column.notNull())
          .addColumn('role', 'text', column => column.notNull())
          .addColumn('member', 'text')
          .addColumn('created', 'text', column => column.notNull())
          .execute()
        await schema
          .createTable('member')
          .addColumn('id', 'text', column => column.primaryKey())
          .addColumn('name', 'text', column => column.notNull().unique())
          .addColumn('role', 'text', column => column.notNull())
          .addColumn('key', 'text', column => column.notNull().unique())
          .addColumn('enrolled', 'text', column => column.notNull())
          .addColumn('last_seen', 'text')
          .addColumn('latency_seconds', 'double precision')
          .addColumn('asked', 'integer', column => column.notNull().defaultTo(0))
          .addColumn('missed', 'integer', column => column.notNull().defaultTo(0))
          .execute()
        await schema
          .createTable('countersigned')
          .addColumn('digest', 'text', column => column.primaryKey())
          .addColumn('kind', 'text', column => column.notNull())
          .addColumn('about', 'text', column => column.notNull())
          .addColumn('version', 'integer', column => column.notNull())
          .addColumn('document', 'text', column => column.notNull())
          .addColumn('state', 'text', column => column.notNull())
          .execute()
        await schema
          .createTable('countersignature')
          .addColumn('digest', 'text', column => column.notNull().references('countersigned.digest'))
          .addColumn('key', 'text', column => column.notNull())
          .addColumn('signature', 'text', column => column.notNull())
          .addPrimaryKeyConstraint('countersignature_key', ['digest', 'key'])
          .execute()
        await schema
          .createTable('data_card')
          .addColumn('id', 'text', column => column.primaryKey())
          .addColumn('member', 'text', column => column.notNull().references('member.id'))
          .addColumn('dataset', 'text', column => column.notNull())
          .addColumn('signed', 'text', column => column.notNull())
          .addColumn('current', 'integer', column => column.notNull())
          .addColumn('published', 'text', column => column.notNull())
          .execute()
        await schema
          .createTable('field_statistics')
          .addColumn('card', 'text', column => column.primaryKey().references('data_card.id'))
          .addColumn('signed', 'text', column => column.notNull())
          .execute()
      },
    },
    {
      name: 'runs',
      async up({ schema }) {
        await schema
          .createTable('run')
          .addColumn('id', 'text', column => column.primaryKey())
          .addColumn('idempotency_key', 'text', column => column.notNull().unique())
          .addColumn('name', 'text', column => column.notNull())
          .addColumn('recipe', 'text', column => column.notNull())
          .addColumn('recipe_digest', 'text', column => column.notNull())
          .addColumn('roster_digest', 'text', column => column.notNull())
          .addColumn('agreement_digest', 'text')
          .addColumn('only_members', 'text')
          .addColumn('state', 'text', column => column.notNull())
          .addColumn('revision', 'integer', column => column.notNull())
          .addColumn('version', 'text', column => column.notNull())
          .addColumn('created', 'text', column => column.notNull())
          .addColumn('ended', 'text')
          .addColumn('bytes_up', 'bigint', column => column.notNull().defaultTo(0))
          .addColumn('bytes_down', 'bigint', column => column.notNull().defaultTo(0))
          .execute()
        await schema
          .createTable('round')
          .addColumn('run', 'text', column => column.notNull().references('run.id'))
          .addColumn('round', 'integer', column => column.notNull())
          .addColumn('alpha', 'double precision', column => column.notNull())
          .addColumn('candidates', 'text', column => column.notNull())
          .addColumn('started', 'text', column => column.notNull())
          .addColumn('ended', 'text')
          .addColumn('version', 'text')
          .addPrimaryKeyConstraint('round_key', ['run', 'round'])
          .execute()
        await schema
          .createTable('task')
          .addColumn('id', 'text', column => column.primaryKey())
          .addColumn('run', 'text', column => column.notNull().references('run.id'))
          .addColumn('round', 'integer', column => column.notNull())
          .addColumn('member', 'text', column => column.notNull().references('member.id'))
          .addColumn('card', 'text', column => column.notNull().references('data_card.id'))
          .addColumn('work', 'text', column => column.notNull())
          .addColumn('version', 'text', column => column.notNull())
          .addColumn('signed', 'text', column => column.notNull())
          .addColumn('state', 'text', column => column.notNull())
          .addColumn('opened', 'text', column => column.notNull())
          .addColumn('settled', 'text')
          .addColumn('manifest', 'text')
          .addColumn('update_digest', 'text')
          .addColumn('loss', 'double precision')
          .addColumn('weight', 'double precision')
          .addColumn('metrics', 'text')
          .addColumn('failure', 'text')
          .execute()
        await schema.createIndex('task_of_member').on('task').columns(['member', 'state']).execute()
        await schema.createIndex('task_of_run').on('task').columns(['run', 'round']).execute()
        await schema
          .createTable('version')
          .addColumn('id', 'text', column => column.primaryKey())
          .addColumn('run', 'text', column => column.notNull())
          .addColumn('round', 'integer', column => column.notNull())
          .addColumn('name', 'text', column => column.notNull())
          .addColumn('weights', 'text', column => column.notNull())
          .addColumn('created', 'text', column => column.notNull())
          .addColumn('published', 'integer', column => column.notNull())
          .addColumn('present', 'integer', column => column.notNull())
          .addColumn('kept', 'integer', column => column.notNull())
          .execute()
      },
    },
    {
      name: 'usage',
      async up({ schema }) {
        await schema
          .createTable('usage')
          .addColumn('id', 'text', column => column.primaryKey())
          .addColumn('member', 'text', column => column.notNull().references('member.id'))
          .addColumn('version', 'text', column => column.notNull().references('version.id'))
          .addColumn('month', 'text', column => column.notNull())
          .addColumn('signed', 'text', column => column.notNull())
          .execute()
        await schema.createIndex('usage_of_month').on('usage').column('month').execute()
      },
    },
    {
      name: 'secure-aggregation',
      async up({ schema }) {
        await schema
          .createTable('aggregation')
          .addColumn('run', 'text', column => column.notNull())
          .addColumn('round', 'integer', column => column.notNull())
          .addColumn('attempt', 'integer', column => column.notNull())
          .addColumn('state', 'text', column => column.notNull())
          .addColumn('deadline', 'bigint')
          .addColumn('opened', 'integer', column => column.notNull())
          .addColumn('exposures', 'text', column => column.notNull())
          .addPrimaryKeyConstraint('aggregation_key', ['run', 'round', 'attempt'])
          .execute()
        await schema
          .createTable('aggregation_message')
          .addColumn('run', 'text', column => column.notNull())
          .addColumn('round', 'integer', column => column.notNull())
          .addColumn('attempt', 'integer', column => column.notNull())
          .addColumn('kind', 'text', column => column.notNull())
          .addColumn('member', 'text', column => column.notNull())
          .addColumn('message', 'text', column => column.notNull())
          .addPrimaryKeyConstraint('aggregation_message_key', ['run', 'round', 'attempt', 'kind', 'member'])
          .execute()
      },
    },
    {
      name: 'privacy-budgets',
      async up({ schema }) {
        await schema
          .createTable('privacy_mark')
          .addColumn('member', 'text', column => column.primaryKey().references('member.id'))
          .addColumn('counter', 'integer', column => column.notNull())
          .addColumn('signed', 'text', column => column.notNull())
          .execute()
        await schema
          .createTable('privacy_statement')
          .addColumn('run', 'text', column => column.notNull().references('run.id'))
          .addColumn('member', 'text', column => column.notNull().references('member.id'))
          .addColumn('signed', 'text', column => column.notNull())
          .addPrimaryKeyConstraint('privacy_statement_key', ['run', 'member'])
          .execute()
      },
    },
    {
      name: 'surveys',
      async up({ schema }) {
        await schema
          .createTable('survey')
          .addColumn('id', 'text', column => column.primaryKey())
          .addColumn('idempotency_key', 'text', column => column.notNull().unique())
          .addColumn('dataset', 'text', column => column.notNull())
          .addColumn('signed', 'text', column => column.notNull())
          .addColumn('state', 'text', column => column.notNull())
          .addColumn('reason', 'text', column => column.notNull())
          .addColumn('members', 'text', column => column.notNull())
          .addColumn('refusals', 'text', column => column.notNull())
          .addColumn('answers', 'text', column => column.notNull())
          .addColumn('created', 'text', column => column.notNull())
          .addColumn('ended', 'text')
          .execute()
        await schema
          .createTable('survey_input')
          .addColumn('survey', 'text', column => column.notNull().references('survey.id'))
          .addColumn('attempt', 'integer', column => column.notNull())
          .addColumn('member', 'text', column => column.notNull())
          .addColumn('manifest', 'text', column => column.notNull())
          .addPrimaryKeyConstraint('survey_input_key', ['survey', 'attempt', 'member'])
          .execute()
      },
    },
    consultationMigration,
  ],
}

/** Of all who keep tables in a hub's database. */
export const hubSchemas: readonly SchemaOwner[] = [eventSchema, hubSchema]
