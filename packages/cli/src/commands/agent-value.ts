import { type AgentValue, nodeEndpoints } from '@consort/protocol'
import { percent } from '../output/run-display.ts'
import { formatTable, printResult } from '../output/terminal.ts'
import { type Session, withNode } from '../session.ts'

/** Costs in the agent's currency; what is left out is as in its rules. */
export interface AgentValueOptions {
  readonly error?: string
  readonly price?: string
  readonly waiting?: string
  readonly beta?: string
}

/** What an agent's cases cost now, and what they would have cost under other rules. */
export async function valueAgent(
  session: Session,
  agent: string,
  { error, price, waiting, beta }: AgentValueOptions,
): Promise<void> {
  const query = {
    ...(error !== undefined && { error: Number(error) }),
    ...(price !== undefined && { price: Number(price) }),
    ...(waiting !== undefined && { waiting: Number(waiting) }),
    ...(beta !== undefined && { beta: Number(beta) }),
  }
  const value = await withNode(session, call =>
    call(nodeEndpoints.valueAgent, { params: { agent }, query }, { timeoutMs: 600_000 }),
  )
  printResult(session.terminal, value, () => valueText(session, value))
}

function valueText({ say, terminal }: Session, value: AgentValue): string {
  const { value: words } = say
  const { agent, judgedBy, now, instead, difference } = value
  const header = [agent, say.report.answered, words.doublyRobust, words.inversePropensity, words.effective]
  const rows = [
    [words.now, percent(now.answered), ...estimates(now)],
    ...(instead ? [[words.instead, percent(instead.answered), ...estimates(instead)]] : []),
    ...(difference ? [[words.difference, '', ...estimates(difference)]] : []),
  ]
  const { error, price, waiting } = judgedBy
  return [
    formatTable(terminal, header, rows),
    words.judgedBy({ error: `${error}`, price: `${price}`, waiting: `${waiting}` }),
    words.casesOf(value),
    ...verdictTexts(words, value),
  ].join('\n')
}

function estimates({
  doublyRobust,
  inversePropensity,
  effectiveCases,
}: Pick<AgentValue['now'], 'doublyRobust' | 'inversePropensity' | 'effectiveCases'>): string[] {
  return [...[doublyRobust, inversePropensity].map(estimateText), effectiveCases.toFixed(1)]
}

function estimateText({ cost, standardError }: AgentValue['now']['doublyRobust']): string {
  return `${figure(cost)} ± ${standardError === null ? '?' : figure(standardError)}`
}

function verdictTexts(
  words: Session['say']['value'],
  { now, difference, effectiveCasesMin: needed }: AgentValue,
): string[] {
  if (difference === null) {
    const isRough = now.answered > 0 && now.effectiveCases < needed
    return isRough ? [words.rough(now.effectiveCases.toFixed(1), needed)] : []
  }
  const { verdict, doublyRobust, effectiveCases } = difference
  if (verdict === 'same') return [words.same]
  if (verdict === 'too-few') return [words.tooFew(effectiveCases.toFixed(1), needed)]
  return [
    words.verdict[verdict](figure(Math.abs(doublyRobust.cost)), figure(doublyRobust.standardError ?? 0)),
  ]
}

/** Three digits, without a tail of zeros. */
function figure(value: number): string {
  return String(Number(value.toPrecision(3)))
}
