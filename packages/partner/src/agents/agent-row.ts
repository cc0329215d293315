import type { ActionCosts } from '@consort/agents'
import type { AgentView } from '@consort/protocol'
import type { Selectable } from 'kysely'
import type { AgentContext } from './context.ts'
import { unknownAgent } from './may-ask.ts'
import type { AgentTables } from './tables.ts'

type AgentRow = Selectable<AgentTables['agent']>

/** Throws `not-found` with the names that there are. */
export async function readAgent(
  { database }: Pick<AgentContext, 'database'>,
  name: string,
): Promise<AgentView> {
  const row = await database.selectFrom('agent').selectAll().where('name', '=', name).executeTakeFirst()
  if (row) return viewOf(row)
  throw unknownAgent(name)
}

export async function readAgents({ database }: Pick<AgentContext, 'database'>): Promise<AgentView[]> {
  const rows = await database.selectFrom('agent').selectAll().orderBy('name').execute()
  return rows.map(viewOf)
}

export function rowOf(view: AgentView): AgentRow {
  return {
    name: view.agent,
    dataset: view.dataset,
    version: view.version,
    alpha: view.alpha,
    delta: view.delta,
    costs: JSON.stringify(view.costs),
    beta: view.beta,
    temperature: view.temperature,
    calibration_records: view.calibrationRecords,
    gate: JSON.stringify(view.gate),
    since: view.since,
    challenger: view.challenger && JSON.stringify(view.challenger),
  }
}

function viewOf(row: AgentRow): AgentView {
  return {
    agent: row.name,
    dataset: row.dataset,
    version: row.version as AgentView['version'],
    alpha: row.alpha,
    delta: row.delta,
    costs: JSON.parse(row.costs) as ActionCosts,
    beta: row.beta,
    temperature: row.temperature,
    calibrationRecords: row.calibration_records,
    gate: JSON.parse(row.gate) as AgentView['gate'],
    since: row.since,
    challenger: row.challenger === null ? null : (JSON.parse(row.challenger) as AgentView['challenger']),
  }
}
