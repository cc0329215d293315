import { exposuresOf, type Participant, type RoundContext } from '@consort/privacy'
import { appendEvent } from '@consort/storage'
import type { Transaction } from 'kysely'
import { reachedBy, survivorsOf } from '../tables/kept-sum.ts'
import type { NodeTables } from '../tables/node-tables.ts'
import type { SumParticipation } from './sum-participation.ts'
import { allStates, replaceState } from './sum-store.ts'

/**
 * Keeps a state in place of the one before it: when this returns it survives a loss of power, and only then may its
 * message be sent. `along` is kept with it.
 */
export async function keepState(
  context: Pick<SumParticipation, 'database' | 'key' | 'now'>,
  state: Participant,
  along: (transaction: Transaction<NodeTables>) => Promise<void> = async () => {},
): Promise<void> {
  const { run, round, attempt } = state.context
  await context.database.transaction().execute(async transaction => {
    await replaceState(transaction, state, context.now())
    await along(transaction)
    if (state.stage !== 'unmasked') return
    const exposures = await exposuresWith(transaction, state)
    await appendEvent(context, transaction, {
      kind: 'shares-opened',
      body: { run, round, attempt, survivors: [...state.survivors], exposures },
    })
  })
}

/**
 * What the sums that this node helped to open say together, those of other runs of the recipe too, in words (So et al.
 * 2021).
 */
async function exposuresWith(
  transaction: Transaction<NodeTables>,
  { context, survivors }: { context: RoundContext; survivors: readonly string[] },
): Promise<string[]> {
  const sums = (await allStates(transaction)).flatMap(state => {
    const { recipe, run, round } = state.context
    const opened = reachedBy(state) === 'unmasked' ? survivorsOf(state) : undefined
    if (opened === undefined || recipe !== context.recipe) return []
    if (run === context.run && round >= context.round) return []
    return [{ ...(run !== context.run && { run }), round, survivors: opened }]
  })
  return exposuresOf([...sums, { round: context.round, survivors }]).map(({ fact }) => fact)
}
