import type { ActionCosts } from '@consort/agents'
import type { AgentView, ChallengerView } from '@consort/protocol'
import type { Kysely, Selectable, Transaction } from 'kysely'
import type { AgentTables, AllTables } from '../../tables/agent-tables.ts'
import { type CalibratedVersion, findEvidence } from '../promise/evidence.ts'
import { gateOf } from '../promise/guarantees.ts'
import { unknownAgent } from './may-ask.ts'

type AgentRow = Selectable<AgentTables['agent']>
type Reader = { readonly database: Kysely<AllTables> | Transaction<AllTables> }

/** A challenger as it is kept; its gate stands with its version. */
export type KeptChallenger = Omit<ChallengerView, 'gate' | 'calibration' | 'guarantee'>

/** An agent with what its versions stand on. */
export interface KnownAgent {
  readonly view: AgentView
  readonly calibrated: CalibratedVersion
  /** Of the challenger while it runs. */
  readonly challenger: CalibratedVersion | null
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
  const calibrated = await findEvidence(database, { agent: row.name, version: row.version })
  const kept = row.challenger === null ? null : (JSON.parse(row.challenger) as KeptChallenger)
  const challenger = kept && (await findEvidence(database, { agent: row.name, version: kept.version }))
  if (!calibrated || challenger === undefined) return undefined
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
    ...promiseView(calibrated),
    since: row.since,
    challenger: kept && challenger && { ...kept, ...promiseView(challenger) },
  }
  return { view, calibrated, challenger: kept?.state === 'running' ? challenger : null }
}

function promiseView(calibrated: CalibratedVersion): Pick<AgentView, 'gate' | 'calibration' | 'guarantee'> {
  const { calibration, number, began, after } = calibrated
  return {
    calibration: { kind: calibration.calibrator.kind, records: calibration.records },
    gate: gateOf(calibrated),
    guarantee: { number, since: began, after },
  }
}
