import { type CalibratedVersion, gateViewOf } from '@consort/agents'
import { type AgentView, agentViewSchema, challengerSchema, type Id } from '@consort/protocol'
import { jsonColumn } from '@consort/storage'
import type { Selectable, Transaction } from 'kysely'
import type { AgentReader, AgentTables, KeptChallenger, KeptRules } from '../../tables/agent-tables.ts'
import { findEvidence } from '../promise/evidence-store.ts'
import { unknownAgent } from './may-ask.ts'

const costsColumn = jsonColumn<AgentView['costs']>('agent.costs', agentViewSchema.shape.costs)
const rulesColumn = jsonColumn<KeptRules>(
  'agent.rules',
  agentViewSchema.pick({ exploration: true, audit: true, labelDays: true, watchPopulation: true }),
)
const challengerColumn = jsonColumn<KeptChallenger>(
  'agent.challenger',
  challengerSchema.omit({ gate: true, calibration: true, guarantee: true }),
)

/** An agent with the evidence of its versions. */
export interface KnownAgent {
  readonly view: AgentView
  readonly calibrated: CalibratedVersion
  /** Of the challenger while it runs. */
  readonly challenger: CalibratedVersion | null
}

/** What is kept of an agent beside the evidence of its versions. */
export type AgentRules = Omit<AgentView, 'gate' | 'calibration' | 'guarantee' | 'challenger'>

/** Reads an agent as its operator sees it. Throws `not-found`. */
export async function readAgent(database: AgentReader, name: string): Promise<AgentView> {
  return (await readKnownAgent(database, name)).view
}

/** Reads an agent with the evidence of its versions. Throws `not-found`. */
export async function readKnownAgent(database: AgentReader, name: string): Promise<KnownAgent> {
  // Between two statements the agent may be put anew, and then it has other evidence.
  for (let tries = 0; tries < 5; tries++) {
    const row = await database.selectFrom('agent').selectAll().where('name', '=', name).executeTakeFirst()
    if (!row) throw unknownAgent(name)
    const known = await knownOf(database, row)
    if (known) return known
  }
  throw new Error(`The agent ${name} has no evidence`)
}

/** Reads all agents, by name. */
export async function readAgents(database: AgentReader): Promise<AgentView[]> {
  const agents: AgentView[] = []
  for (const name of await agentNames(database)) agents.push(await readAgent(database, name))
  return agents
}

/** Lists the names of all agents, in order. */
export async function agentNames(database: AgentReader): Promise<string[]> {
  const rows = await database.selectFrom('agent').select('name').orderBy('name').execute()
  return rows.map(({ name }) => name)
}

/** Says which version an agent serves; undefined where there is no such agent. */
export async function versionServed(database: AgentReader, name: string): Promise<Id<'version'> | undefined> {
  const row = await database.selectFrom('agent').select('version').where('name', '=', name).executeTakeFirst()
  return row?.version
}

/** Says which data set an agent is about; undefined where there is no such agent. */
export async function datasetOfAgent(database: AgentReader, name: string): Promise<string | undefined> {
  const row = await database.selectFrom('agent').select('dataset').where('name', '=', name).executeTakeFirst()
  return row?.dataset
}

/** Keeps the rules of an agent in place of those that it had, and ends the trial of its challenger. */
export async function keepAgent(transaction: Transaction<AgentTables>, rules: AgentRules): Promise<void> {
  const { name, ...columns } = rowOf(rules)
  await transaction
    .insertInto('agent')
    .values({ name, ...columns })
    .onConflict(conflict => conflict.column('name').doUpdateSet(columns))
    .execute()
}

/** Keeps what labels have shown of a challenger, and whether it still runs. */
export async function keepChallenger(
  transaction: Transaction<AgentTables>,
  agent: string,
  challenger: KeptChallenger,
): Promise<void> {
  const { version, share, since, state, better, worse, labelled, evidence } = challenger
  const kept: KeptChallenger = { version, share, since, state, better, worse, labelled, evidence }
  await transaction
    .updateTable('agent')
    .set({ challenger: challengerColumn.write(kept) })
    .where('name', '=', agent)
    .execute()
}

type AgentRow = Selectable<AgentTables['agent']>

function rowOf(rules: AgentRules): AgentRow {
  const { exploration, audit, labelDays, watchPopulation } = rules
  return {
    name: rules.agent,
    dataset: rules.dataset,
    version: rules.version,
    alpha: rules.alpha,
    delta: rules.delta,
    costs: costsColumn.write(rules.costs),
    beta: rules.beta,
    rules: rulesColumn.write({ exploration, audit, labelDays, watchPopulation }),
    since: rules.since,
    challenger: null,
  }
}

/** Undefined where a version has no evidence any more. */
async function knownOf(database: AgentReader, row: AgentRow): Promise<KnownAgent | undefined> {
  const calibrated = await findEvidence(database, { agent: row.name, version: row.version })
  const kept = challengerColumn.readOrNull(row.challenger)
  const challenger = kept && (await findEvidence(database, { agent: row.name, version: kept.version }))
  if (!calibrated || challenger === undefined) return undefined
  const view: AgentView = {
    agent: row.name,
    dataset: row.dataset,
    version: row.version,
    alpha: row.alpha,
    delta: row.delta,
    costs: costsColumn.read(row.costs),
    beta: row.beta,
    ...rulesColumn.read(row.rules),
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
    gate: gateViewOf(calibrated),
    guarantee: { number, since: began, after },
  }
}
