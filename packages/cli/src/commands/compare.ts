import { type Comparison, nodeEndpoints } from '@consort/protocol'
import { percent } from '../output/run-display.ts'
import { formatTable, printResult } from '../output/terminal.ts'
import { type Session, withNode } from '../session.ts'

/** Own, shared and fine-tuned model on this node's held-out records, with a plain recommendation. */
export async function compareModels(
  session: Session,
  version: string,
  { dataset }: { dataset: string },
): Promise<void> {
  const { say, terminal, language } = session
  const request = { params: { version: version as Comparison['version'] }, body: { dataset } }
  const hourMs = 3_600_000
  const comparison = await withNode(session, call =>
    call(nodeEndpoints.compareModels, request, { timeoutMs: hourMs, signal: session.signal }),
  )
  const { accuracy, records, text } = comparison
  const row = (what: string, { value, low, high }: Comparison['accuracy']['own']): string[] => [
    what,
    percent(value),
    `${percent(low)} … ${percent(high)}`,
  ]
  printResult(terminal, comparison, () =>
    [
      say.comparedOn(records),
      formatTable(
        terminal,
        [say.word.model, say.word.accuracy, '95 %'],
        [
          row(say.word.own, accuracy.own),
          row(say.word.shared, accuracy.shared),
          row(say.word.fineTuned, accuracy.fineTuned),
        ],
      ),
      terminal.paint('strong', text[language]),
    ].join('\n'),
  )
}
