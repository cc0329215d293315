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
}

/** Serves a version under a name at this node. */
export async function putAgent(
  session: Session,
  agent: string,
  { model, dataset, alpha, delta, errorCost }: AgentPutOptions,
): Promise<void> {
  const body = {
    version: model as AgentView['version'],
    dataset,
    ...(alpha !== undefined && { alpha: Number(alpha) }),
    ...(delta !== undefined && { delta: Number(delta) }),
    ...(errorCost !== undefined && { costs: { error: Number(errorCost), price: 1, waiting: 0 } }),
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

export async function withdrawChallenger(session: Session, agent: string): Promise<void> {
  const view = await withNode(session, call => call(nodeEndpoints.withdrawChallenger, { params: { agent } }))
  printResult(session.terminal, view, () => agentTable(session, [view]))
}

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

function agentRow({ say }: Session, { agent, version, alpha, delta, gate }: AgentView): string[] {
  return [
    agent,
    version,
    say.promise(percent(alpha), percent(1 - delta)),
    gate.kind === 'open'
      ? say.gateOpen(gate.threshold.toFixed(3), percent(gate.share))
      : say.gateClosed(gate.labelsNeeded),
  ]
}

/** Below the agent: the version that is tried out beside its own, and what labels say of the two. */
function challengerRows({ say }: Session, { challenger }: AgentView): string[][] {
  if (challenger === null) return []
  const { version, state, share, better, worse, labelled } = challenger
  return [['', version, say.challenger[state](percent(share)), say.compared(better, worse, labelled)]]
}
