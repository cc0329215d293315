import { type Participant, parseParticipant } from '@consort/privacy'
import { jsonColumn } from '@consort/storage'
import type { Transaction } from 'kysely'
import type { NodeReader, NodeTables } from '../tables/node-tables.ts'

const states = jsonColumn('secure_sum.state', { parse: parseParticipant })

/** This node's side of all attempts at the sums of a run, or at a survey. */
export async function statesOfRun(database: NodeReader, run: string): Promise<Participant[]> {
  const rows = await database.selectFrom('secure_sum').select('state').where('run', '=', run).execute()
  return rows.map(({ state }) => states.read(state))
}

/** This node's side of every sum that it ever took part in. */
export async function allStates(database: NodeReader): Promise<Participant[]> {
  const rows = await database.selectFrom('secure_sum').select('state').execute()
  return rows.map(({ state }) => states.read(state))
}

/** Keeps a state in place of the one before it, of the same attempt. */
export async function replaceState(transaction: Transaction<NodeTables>, state: Participant): Promise<void> {
  const { run, round, attempt } = state.context
  const text = states.write(state)
  await transaction
    .insertInto('secure_sum')
    .values({ run, round, attempt, state: text })
    .onConflict(conflict => conflict.columns(['run', 'round', 'attempt']).doUpdateSet({ state: text }))
    .execute()
}
