import { startVersionEvidence, type VersionEvidence } from '@consort/agents'
import { reviewSchema } from '@consort/review'
import { servingSchema } from '@consort/serving'
import { eventSchema, migrate, openSqlite } from '@consort/storage'
import { type Kysely, sql } from 'kysely'
import { keepVersionEvidence } from '../agents/promise/evidence-store.ts'
import { type AgentRules, keepAgent } from '../agents/registry/agent-store.ts'
import { type AllTables, agentSchema } from '../tables/agent-tables.ts'
import { nodeSchema } from '../tables/node-tables.ts'

/** A database in memory with an agent that serves a version. */
export interface ServedAgent extends AsyncDisposable {
  readonly database: Kysely<AllTables>
  readonly rules: AgentRules
  readonly evidence: VersionEvidence
  /** Every entry of the log fails from now on, as on a full disk, and with it the transaction that it belongs to. */
  fillDisk(): Promise<void>
  /** There is room again. */
  freeDisk(): Promise<void>
}

/** Opens one. It has no held-out record, and `alpha` and `delta` are 0.1. */
export async function openServedAgent(agent = 'digits'): Promise<ServedAgent> {
  const database = openSqlite<AllTables>(':memory:')
  const owners = [eventSchema, nodeSchema, servingSchema, reviewSchema, agentSchema]
  await migrate(database as never, owners)
  const rules = rulesOf(agent)
  const evidence = evidenceOf(rules)
  await database.transaction().execute(async transaction => {
    await keepAgent(transaction, rules)
    await keepVersionEvidence(transaction, evidence)
  })
  return {
    database,
    rules,
    evidence,
    fillDisk: async () => {
      await sql`create trigger full before insert on event begin select raise(abort, 'database or disk is full'); end`.execute(
        database,
      )
    },
    freeDisk: async () => {
      await sql`drop trigger full`.execute(database)
    },
    [Symbol.asyncDispose]: () => database.destroy(),
  }
}

const at = '2026-01-01T00:00:00.000Z'

function rulesOf(agent: string): AgentRules {
  return {
    agent,
    dataset: 'set',
    version: 'ver_0000000000000001',
    alpha: 0.1,
    delta: 0.1,
    costs: { error: 5, price: 1, waiting: 0 },
    beta: 2,
    exploration: { casesToDouble: null, forbiddenFor: [] },
    audit: { shareMin: 0.05 },
    labelDays: 30,
    watchPopulation: true,
    since: at,
  }
}

function evidenceOf(rules: AgentRules): VersionEvidence {
  const { agent, version } = rules
  const calibration = {
    calibrator: { kind: 'temperature', temperature: 1 },
    conformal: null,
    records: 0,
    confidences: [],
    source: 'sha256:1',
    delta: 0.1,
  } as const
  return startVersionEvidence({ calibration, thresholds: [0.9, 0.5], heldOut: [] }, rules, {
    agent,
    version,
    number: 1,
    after: null,
    at,
    lastCase: null,
  })
}
