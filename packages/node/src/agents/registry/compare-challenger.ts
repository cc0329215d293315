import type { Decision } from '@consort/review'
import { evidenceEnough, evidenceOfWorse } from '@consort/serving'
import { appendEvent, type LogOwner } from '@consort/storage'
import type { Transaction } from 'kysely'
import type { AllTables, KeptChallenger } from '../../tables/agent-tables.ts'
import { keepChallenger, readAgent } from './agent-store.ts'
import type { RegistryContext } from './registry-context.ts'
import { serveAsKept } from './serve-as-kept.ts'

/** A case that two versions judged, and what was right. */
export interface ComparedCase {
  readonly agent: string
  /** The version that decided. */
  readonly version: string
  readonly decision: Pick<Decision, 'class' | 'rival'>
  readonly label: string
}

/**
 * Takes a label into the comparison of an agent's two versions, in the transaction that keeps the label; each case
 * counts once, and whoever calls sees to that. Returns true when the labels show that the challenger is worse: it is
 * withdrawn then, and `endTrial` is to be called after the transaction.
 */
export async function compareByLabel(
  context: LogOwner,
  transaction: Transaction<AllTables>,
  compared: ComparedCase,
): Promise<boolean> {
  const { decision, version, label } = compared
  if (decision.rival === null) return false
  const agent = await readAgent(transaction, compared.agent)
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

/**
 * Ends a trial after the labels have: from now on the agent's own version decides alone; what the other one is in the
 * midst of is finished.
 */
export async function endTrial(
  context: Pick<RegistryContext, 'database' | 'agents' | 'predictors' | 'log'>,
  agent: string,
): Promise<void> {
  context.log.warn({ agent }, 'challenger-withdrawn')
  await serveAsKept(context, agent)
}
