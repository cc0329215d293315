import type { Decision } from '@consort/review'
import { evidenceEnough, evidenceOfWorse } from '@consort/serving'
import type { Transaction } from 'kysely'
import { appendEvent } from '../../context.ts'
import type { AllTables } from '../../tables/agent-tables.ts'
import type { AgentContext } from '../context.ts'
import { type KeptChallenger, readAgent } from './agent-row.ts'
import { serveAsKept } from './put-agent.ts'

/** A case that two versions judged, and what was right. */
export interface ComparedCase {
  readonly agent: string
  /** The version that decided. */
  readonly version: string
  readonly decision: Pick<Decision, 'class' | 'rival'>
  readonly label: string
}

/**
 * Takes a label into the comparison of an agent's two versions, in the transaction that keeps the label; each case counts
 * once, and whoever calls sees to that. The challenger is withdrawn when the labels show that it is worse: true then, and
 * `endTrial` is to be called after the transaction.
 */
export async function compareByLabel(
  context: AgentContext,
  transaction: Transaction<AllTables>,
  compared: ComparedCase,
): Promise<boolean> {
  const { decision, version, label } = compared
  if (decision.rival === null) return false
  const agent = await readAgent({ database: transaction }, compared.agent)
  const { challenger } = agent
  if (challenger?.state !== 'running') return false
  const said = new Map<string, string>([
    [version, decision.class],
    [decision.rival.version, decision.rival.class],
  ])
  const [champions, challengers] = [said.get(agent.version), said.get(challenger.version)]
  if (champions === undefined || challengers === undefined) return false // an earlier trial's case
  const next = counted(challenger, { isBetter: challengers === label, isWorse: champions === label })
  const isWithdrawn = next.evidence >= evidenceEnough
  await keepChallenger(transaction, agent.agent, isWithdrawn ? { ...next, state: 'withdrawn' } : next)
  if (!isWithdrawn) return false
  const { better, worse, labelled, evidence } = next
  await appendEvent(context, transaction, {
    kind: 'challenger-withdrawn',
    body: { agent: agent.agent, version: next.version, better, worse, labelled, evidence, by: 'labels' },
  })
  return true
}

function counted(
  challenger: KeptChallenger,
  { isBetter, isWorse }: { isBetter: boolean; isWorse: boolean },
): KeptChallenger {
  const better = challenger.better + (isBetter && !isWorse ? 1 : 0)
  const worse = challenger.worse + (isWorse && !isBetter ? 1 : 0)
  return {
    ...challenger,
    better,
    worse,
    labelled: challenger.labelled + 1,
    evidence: evidenceOfWorse({ better, worse }),
  }
}

/** From now on the agent's own version decides alone; what the other one is in the midst of is finished. */
export async function endTrial(context: AgentContext, agent: string): Promise<void> {
  context.log.warn({ agent }, 'challenger-withdrawn')
  await serveAsKept(context, agent)
}

export async function keepChallenger(
  transaction: Transaction<AllTables>,
  agent: string,
  challenger: KeptChallenger,
): Promise<void> {
  const { version, share, since, state, better, worse, labelled, evidence } = challenger
  const kept: KeptChallenger = { version, share, since, state, better, worse, labelled, evidence }
  await transaction
    .updateTable('agent')
    .set({ challenger: JSON.stringify(kept) })
    .where('name', '=', agent)
    .execute()
}
