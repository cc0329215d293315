import { type Participant, parseParticipant } from '@consort/privacy'
import { Refusal } from '@consort/protocol'
import { jsonColumn } from '@consort/storage'
import type { Kysely, Transaction } from 'kysely'
import { type KeptSum, overSumOf, overSumSchema, reachedBy, survivorsOf } from '../tables/kept-sum.ts'
import type { NodeReader, NodeTables } from '../tables/node-tables.ts'

const states = jsonColumn('secure_sum.state', {
  parse: (value): KeptSum => overSumSchema.safeParse(value).data ?? parseParticipant(value),
})

/** This node's side of all attempts at the sums of a run, or at a survey. */
export async function statesOfRun(database: NodeReader, run: string): Promise<KeptSum[]> {
  const rows = await database.selectFrom('secure_sum').select('state').where('run', '=', run).execute()
  return rows.map(({ state }) => states.read(state))
}

/** This node's side of every sum that it ever took part in. */
export async function allStates(database: NodeReader): Promise<KeptSum[]> {
  const rows = await database.selectFrom('secure_sum').select('state').execute()
  return rows.map(({ state }) => states.read(state))
}

/**
 * Keeps a state in place of the one before it, of the same attempt. Throws `state-conflict` for an attempt that is over
 * here.
 */
export async function replaceState(
  transaction: Transaction<NodeTables>,
  state: Participant,
  at: Date,
): Promise<void> {
  const { run, round, attempt } = state.context
  const changed = { state: states.write(state), at: at.toISOString() }
  const { numInsertedOrUpdatedRows } = await transaction
    .insertInto('secure_sum')
    .values({ run, round, attempt, over: 0, ...changed })
    .onConflict(conflict =>
      conflict.columns(['run', 'round', 'attempt']).doUpdateSet(changed).where('secure_sum.over', '=', 0),
    )
    .executeTakeFirst()
  if (numInsertedOrUpdatedRows === 0n) throw new Refusal('state-conflict', 'The attempt ended long ago here')
}

/** Gives attempts from before times were kept one. */
export async function dateUndated(database: Kysely<NodeTables>, now: Date): Promise<void> {
  await database
    .updateTable('secure_sum')
    .set({ at: now.toISOString() })
    .where('over', '=', 0)
    .where('at', '=', '')
    .execute()
}

/** Puts what stays in the place of up to `limit` attempts that changed last before a moment. Returns how many. */
export async function closeOldSums(
  transaction: Transaction<NodeTables>,
  before: Date,
  limit: number,
): Promise<number> {
  const rows = await transaction
    .selectFrom('secure_sum')
    .select(['run', 'round', 'attempt', 'state'])
    .where('over', '=', 0)
    .where('at', '<', before.toISOString())
    .orderBy('at')
    .limit(limit)
    .execute()
  for (const { run, round, attempt, state: text } of rows) {
    const state = states.read(text)
    if (state.stage === 'over') continue
    await transaction
      .updateTable('secure_sum')
      .set({ over: 1, state: states.write(overSumOf(state)) })
      .where('run', '=', run)
      .where('round', '=', round)
      .where('attempt', '=', attempt)
      .execute()
  }
  return rows.length
}

/** Lists the runs of which more than one attempt is over. */
export async function runsWithRepeats(database: NodeReader): Promise<string[]> {
  const rows = await database
    .selectFrom('secure_sum')
    .select('run')
    .where('over', '=', 1)
    .groupBy('run')
    .having(({ fn }) => fn.countAll(), '>', 1)
    .execute()
  return rows.map(({ run }) => run)
}

/**
 * Of the attempts of a run that are over, deletes those for which others stand: the last one of all, before which none
 * is begun again, and the last of those over the same survivors, which is the one that counts (`exposuresOf`). Returns
 * how many went.
 */
export async function dropRepeated(transaction: Transaction<NodeTables>, run: string): Promise<number> {
  const rows = await transaction
    .selectFrom('secure_sum')
    .select(['round', 'attempt', 'state'])
    .where('run', '=', run)
    .where('over', '=', 1)
    .orderBy('round')
    .orderBy('attempt')
    .execute()
  const last = new Map(rows.map(row => [whatCounts(states.read(row.state)), row]))
  const standing = new Set([...last].flatMap(([what, row]) => (what === null ? [] : [row])))
  const repeated = rows.slice(0, -1).filter(row => !standing.has(row))
  for (const { round, attempt } of repeated) {
    await transaction
      .deleteFrom('secure_sum')
      .where('run', '=', run)
      .where('round', '=', round)
      .where('attempt', '=', attempt)
      .execute()
  }
  return repeated.length
}

/** Whose sum it was and whether it was opened; null where this node signed for no survivors. */
function whatCounts(sum: KeptSum): string | null {
  const survivors = survivorsOf(sum)
  return survivors === undefined ? null : `${reachedBy(sum)} ${survivors.toSorted().join()}`
}
