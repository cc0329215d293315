import { exposuresOf, type Participant, parseParticipant, type RoundContext } from '@consort/privacy'
import type { Transaction } from 'kysely'
import { appendEvent, type NodeContext } from '../context.ts'
import type { NodeTables } from '../tables/node-tables.ts'

/** All states that this node keeps of a run's sums. */
export async function keptStates({ database }: NodeContext, run: string): Promise<Participant[]> {
  const rows = await database.selectFrom('secure_sum').select('state').where('run', '=', run).execute()
  return rows.map(({ state }) => parseParticipant(JSON.parse(state)))
}

/**
 * Keeps a state in place of the one before it: when this returns it survives a loss of power, and only then may its
 * message be sent. `along` is kept with it.
 */
export async function keepState(
  context: NodeContext,
  state: Participant,
  along: (transaction: Transaction<NodeTables>) => Promise<void> = async () => {},
): Promise<void> {
  const { run, round, attempt } = state.context
  const row = { run, round, attempt, state: JSON.stringify(state) }
  await context.database.transaction().execute(async transaction => {
    await transaction
      .insertInto('secure_sum')
      .values(row)
      .onConflict(conflict => conflict.columns(['run', 'round', 'attempt']).doUpdateSet({ state: row.state }))
      .execute()
    await along(transaction)
    if (state.stage !== 'unmasked') return
    const exposures = await exposuresWith(transaction, state)
    await appendEvent(context, transaction, {
      kind: 'shares-opened',
      body: { run, round, attempt, survivors: [...state.survivors], exposures },
    })
  })
}

/** What the sums that this node helped to open say together, those of other runs of the recipe too, in words (So et al. 2021). */
async function exposuresWith(
  transaction: Transaction<NodeTables>,
  { context, survivors }: { context: RoundContext; survivors: readonly string[] },
): Promise<string[]> {
  const rows = await transaction.selectFrom('secure_sum').select('state').execute()
  const sums = rows
    .map(({ state }) => parseParticipant(JSON.parse(state)))
    .flatMap(state => {
      const { recipe, run, round } = state.context
      if (state.stage !== 'unmasked' || recipe !== context.recipe) return []
      if (run === context.run && round >= context.round) return []
      return [{ ...(run !== context.run && { run }), round, survivors: state.survivors }]
    })
  return exposuresOf([...sums, { round: context.round, survivors }]).map(({ fact }) => fact)
}
