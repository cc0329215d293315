import { type CaseOrigin, nodeEndpoints } from '@consort/protocol'
import { percent } from '../output/run-display.ts'
import { formatTable, printResult } from '../output/terminal.ts'
import { type Session, withNode } from '../session.ts'

/** Where one answer comes from, from the records that trained the model to the person who decided. */
export async function explainCase(session: Session, id: string): Promise<void> {
  const params = { case: id as CaseOrigin['case']['id'] }
  const origin = await withNode(session, call => call(nodeEndpoints.explainCase, { params }))
  printResult(session.terminal, origin, () => originText(session, origin))
}

function originText({ say, terminal }: Session, origin: CaseOrigin): string {
  const { case: view, model, reviews } = origin
  const { answer, threshold, confidence } = view
  const table = formatTable(
    terminal,
    ['', ''],
    [
      [say.word.answer, answer ? `${answer.class} (${say.answeredBy[answer.by]})` : say.word.waiting],
      [say.word.reason, say.caseReason[view.reason]],
      [say.word.confidence, confidence === null ? '-' : percent(confidence)],
      [say.word.threshold, threshold === null ? '-' : threshold.toFixed(3)],
      [say.word.model, `${model.name} ${model.version} (${model.run}, ${say.word.round} ${model.round})`],
      [say.word.agreement, model.agreement ?? '-'],
      [
        say.word.trainedBy,
        model.trainedBy.map(({ member, trainExamples }) => `${member} (${trainExamples})`).join(say.comma),
      ],
      ...reviews.map(({ stage, by, class: said, at }) => [
        say.reviewStage[stage],
        `${by}${say.colon}${said}${say.comma}${at}`,
      ]),
    ],
  )
  return [table, say.inTheLog, ...origin.log].join('\n')
}
