import type { ActionCosts } from '@consort/agents'
import type { AgentView, ChallengerView } from '@consort/protocol'
import type { Kysely, Selectable, Transaction } from 'kysely'
import type { AgentTables, AllTables } from '../../tables/agent-tables.ts'
import { gateOf } from '../promise/guarantees.ts'
import { findStanding, type Standing } from '../promise/standing.ts'
import { unknownAgent } from './may-ask.ts'

type AgentRow = Selectable<AgentTables['agent']>
type Reader = { readonly database: Kysely<AllTables> | Transaction<AllTables> }

/** A challenger as it is kept; its gate stands with its version. */
export type KeptChallenger = Omit<ChallengerView, 'gate' | 'calibration' | 'guarantee'>

/** An agent with what its versions stand on. */
export interface KnownAgent {
  readonly view: AgentView
  readonly standing: Standing
  /** Of the challenger while it runs. */
  readonly tried: Standing | null
}

/** Throws `not-found` with the names that there are. */
export async function readAgent(reader: Reader, name: string): Promise<AgentView> {
  return (await readKnownAgent(reader, name)).view
}

/** As `readAgent`. */
export async function readKnownAgent({ database }: Reader, name: string): Promise<KnownAgent> {
  // Between two statements the agent may be put anew, and then it has other standings.
  for (let tries = 0; tries < 5; tries++) {
    const row = await database.selectFrom('agent').selectAll().where('name', '=', name).executeTakeFirst()
    if (!row) throw unknownAgent(name)
    const known = await knownOf(database, row)
    if (known) return known
  }
  throw new Error(`The agent ${name} stands on nothing`)
}

export async function readAgents({ database }: Reader): Promise<AgentView[]> {
  const rows = await database.selectFrom('agent').select('name').orderBy('name').execute()
  const agents: AgentView[] = []
  for (const { name } of rows) agents.push(await readAgent({ database }, name))
  return agents
}

/** What is kept of an agent beside what its versions stand on. */
export type AgentRules = Omit<AgentView, 'gate' | 'calibration' | 'guarantee' | 'challenger'>

export function rowOf(rules: AgentRules): Omit<AgentRow, 'challenger'> {
  return {
    name: rules.agent,
    dataset: rules.dataset,
    version: rules.version,
    alpha: rules.alpha,
    delta: rules.delta,
    costs: JSON.stringify(rules.costs),
    beta: rules.beta,
    rules: JSON.stringify({
      exploration: rules.exploration,
      audit: rules.audit,
      labelDays: rules.labelDays,
      watchPopulation: rules.watchPopulation,
    }),
    since: rules.since,
  }
}

/** Undefined where a version has no standing any more. */
async function knownOf(database: Reader['database'], row: AgentRow): Promise<KnownAgent | undefined> {
  const standing = await findStanding(database, { agent: row.name, version: row.version })
  const kept = row.challenger === null ? null : (JSON.parse(row.challenger) as KeptChallenger)
  const tried = kept && (await findStanding(database, { agent: row.name, version: kept.version }))
  if (!standing || tried === undefined) return undefined
  const { exploration, audit, labelDays, watchPopulation } = JSON.parse(row.rules)
  const view: AgentView = {
    agent: row.name,
    dataset: row.dataset,
    version: row.version as AgentView['version'],
    alpha: row.alpha,
    delta: row.delta,
    costs: JSON.parse(row.costs) as ActionCosts,
    beta: row.beta,
    exploration,
    audit,
    labelDays,
    watchPopulation,
    ...standingView(standing),
    since: row.since,
    challenger: kept && tried && { ...kept, ...standingView(tried) },
  }
  return { view, standing, tried: kept?.state === 'running' ? tried : null }
}

function standingView(standing: Standing): Pick<AgentView, 'gate' | 'calibration' | 'guarantee'> {
  const { calibration, number, began, after } = standing
  return {
    calibration: { kind: calibration.calibrator.kind, records: calibration.records },
    gate: gateOf(standing),
    guarantee: { number, since: began, after },
  }
}
