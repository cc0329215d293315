import { type AgentView, nodeEndpoints } from '@consort/protocol'
import { percent } from '../output/run-display.ts'
import { formatTable, printResult } from '../output/terminal.ts'
import { type Session, withNode } from '../session.ts'

export interface AgentPutOptions {
  readonly model: string
  readonly dataset: string
  readonly alpha?: string
  readonly delta?: string
  /** Of a wrong answer, where a person’s judgement costs 1. */
  readonly errorCost?: string
  /** Of the answers, that a person looks at afterwards. */
  readonly spotCheck?: string
  /** The older name of the same. */
  readonly audit?: string
  readonly labelDays?: string
  readonly beta?: string
  readonly doubleAfter?: string
  /** False where cases may look otherwise than those before. */
  readonly watch?: boolean
}

/** Serves a version under a name at this node. */
export async function putAgent(session: Session, agent: string, options: AgentPutOptions): Promise<void> {
  const { model, dataset, alpha, delta, errorCost, labelDays, beta, doubleAfter, watch } = options
  const spotCheck = options.spotCheck ?? options.audit
  const body = {
    version: model as AgentView['version'],
    dataset,
    ...(alpha !== undefined && { alpha: Number(alpha) }),
    ...(delta !== undefined && { delta: Number(delta) }),
    ...(errorCost !== undefined && { costs: { error: Number(errorCost), price: 1, waiting: 0 } }),
    ...(spotCheck !== undefined && { audit: { shareMin: Number(spotCheck) } }),
    ...(labelDays !== undefined && { labelDays: Number(labelDays) }),
    ...(beta !== undefined && { beta: Number(beta) }),
    ...(doubleAfter !== undefined && { exploration: { casesToDouble: Number(doubleAfter) } }),
    ...(watch === false && { watchPopulation: false }),
  }
  const view = await withNode(session, call =>
    call(nodeEndpoints.putAgent, { params: { agent }, body }, { timeoutMs: 600_000 }),
  )
  printResult(session.terminal, view, () => agentTable(session, [view]))
}

/** Tries another version out beside the one that an agent serves. */
export async function tryChallenger(
  session: Session,
  agent: string,
  { model, share }: { model: string; share?: string },
): Promise<void> {
  const body = {
    version: model as AgentView['version'],
    ...(share !== undefined && { share: Number(share) }),
  }
  const view = await withNode(session, call =>
    call(nodeEndpoints.putChallenger, { params: { agent }, body }, { timeoutMs: 600_000 }),
  )
  printResult(session.terminal, view, () => agentTable(session, [view]))
}

/** Ends the trial of an agent's challenger. */
export async function withdrawChallenger(session: Session, agent: string): Promise<void> {
  const view = await withNode(session, call => call(nodeEndpoints.withdrawChallenger, { params: { agent } }))
  printResult(session.terminal, view, () => agentTable(session, [view]))
}

/** Withdraws the promise that the agent gives now. */
export async function closeGate(
  session: Session,
  agent: string,
  { reason = 'new-population' }: { reason?: string },
): Promise<void> {
  const view = await withNode(session, async call => {
    const { agents } = await call(nodeEndpoints.listAgents)
    const number = agents.find(one => one.agent === agent)?.guarantee.number ?? 1
    const body = { reason: reason as 'drift' | 'new-population', number }
    return await call(nodeEndpoints.withdrawGuarantee, { params: { agent }, body })
  })
  printResult(session.terminal, view, () => agentTable(session, [view]))
}

/** Prints the agents of this node. */
export async function listAgents(session: Session): Promise<void> {
  const { agents } = await withNode(session, call => call(nodeEndpoints.listAgents))
  printResult(session.terminal, agents, () =>
    agents.length === 0 ? session.say.nothingYet : agentTable(session, agents),
  )
}

function agentTable(session: Session, agents: readonly AgentView[]): string {
  const { say, terminal } = session
  return formatTable(
    terminal,
    [say.word.name, say.word.model, say.word.promise, say.word.state],
    agents.flatMap(agent => [agentRow(session, agent), ...challengerRows(session, agent)]),
  )
}

function agentRow({ say }: Session, view: AgentView): string[] {
  const { agent, version, alpha, delta, guarantee } = view
  const again = guarantee.after === null ? '' : ` (${say.guaranteeAfter[guarantee.after.reason]})`
  return [agent, version, say.promise(percent(alpha), percent(1 - delta)), `${gateText(say, view)}${again}`]
}

/** From which confidence on an agent answers alone, or how many labels that takes. */
export function gateText(say: Session['say'], { gate }: Pick<AgentView, 'gate'>): string {
  return gate.kind === 'open'
    ? say.gateOpen(gate.threshold.toFixed(3), percent(gate.share))
    : say.gateClosed(gate.labelsNeeded)
}

/** Below the agent: the version that is tried out beside its own, and what labels say of the two. */
function challengerRows({ say }: Session, { challenger }: AgentView): string[][] {
  if (challenger === null) return []
  const { version, state, share, better, worse, labelled } = challenger
  return [['', version, say.challenger[state](percent(share)), say.compared(better, worse, labelled)]]
}
