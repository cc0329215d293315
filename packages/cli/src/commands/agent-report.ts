import { type AgentReport, nodeEndpoints } from '@consort/protocol'
import { percent } from '../output/run-display.ts'
import { formatTable, printResult } from '../output/terminal.ts'
import { type Session, withNode } from '../session.ts'
import { gateText } from './agent.ts'

/** Coverage, risk and labels spent. */
export async function reportAgent(session: Session, agent: string): Promise<void> {
  const report = await withNode(session, call => call(nodeEndpoints.reportAgent, { params: { agent } }))
  printResult(session.terminal, report, () => reportTable(session, report))
}

function reportTable({ say, terminal }: Session, report: AgentReport): string {
  const { report: words } = say
  const { alpha, delta, asked, answered, deferred, consulted, risk, labels, guarantee } = report
  const of = (count: number): string => (asked === 0 ? `${count}` : `${count} (${percent(count / asked)})`)
  const again = guarantee.after === null ? '' : ` (${say.guaranteeAfter[guarantee.after.reason]})`
  const rows = [
    [words.guarantee, `${say.promise(percent(alpha), percent(1 - delta))}${again}`],
    [say.word.state, gateText(say, report)],
    [words.asked, `${asked}`],
    [words.answered, of(answered)],
    [words.wrong, risk === null ? words.noSpotCheck : wrongOf(words, risk)],
    ...(consulted > 0 ? [[words.consulted, of(consulted)]] : []),
    [words.deferred, of(deferred)],
    [words.labels, words.labelsOf(labels)],
    [words.awaited, `${labels.awaited}`],
  ]
  return formatTable(terminal, [report.agent, report.version], rows)
}

function wrongOf(
  words: Session['say']['report'],
  { estimate, standardError, audited }: NonNullable<AgentReport['risk']>,
): string {
  return words.wrongOf(percent(estimate), standardError === null ? '?' : percent(standardError), audited)
}
