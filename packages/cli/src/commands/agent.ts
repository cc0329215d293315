import { type AgentView, type KeyHolder, nodeEndpoints } from '@consort/protocol'
import { percent } from '../output/run-display.ts'
import { formatTable, note, printResult } from '../output/terminal.ts'
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

export async function listAgents(session: Session): Promise<void> {
  const { agents } = await withNode(session, call => call(nodeEndpoints.listAgents))
  printResult(session.terminal, agents, () =>
    agents.length === 0 ? session.say.nothingYet : agentTable(session, agents),
  )
}

function agentTable({ say, terminal }: Session, agents: readonly AgentView[]): string {
  return formatTable(
    terminal,
    [say.word.name, say.word.model, say.word.promise, say.word.state],
    agents.map(({ agent, version, alpha, delta, gate }) => [
      agent,
      version,
      say.promise(percent(alpha), percent(1 - delta)),
      gate.kind === 'open'
        ? say.gateOpen(gate.threshold.toFixed(3), percent(gate.share))
        : say.gateClosed(gate.labelsNeeded),
    ]),
  )
}

/** Makes a key for an application or an expert. It is shown this once. */
export async function createKey(
  session: Session,
  name: string,
  { for: holder }: { for: KeyHolder },
): Promise<void> {
  const { terminal, say } = session
  const [made, url] = await withNode(session, async (call, base) => [
    await call(nodeEndpoints.createAccessKey, { body: { name, holder } }),
    base,
  ])
  note(terminal, say.keyShownOnce)
  const link = holder === 'expert' ? `${url}/#key=${made.key}` : null
  printResult(terminal, { ...made, link }, () =>
    link === null ? `${made.key}\n${made.webhookSecret}` : `${made.key}\n${link}`,
  )
}
