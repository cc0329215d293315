import { type hubEndpoints, Refusal } from '@consort/protocol'
import type { Handler } from '@consort/protocol/routes'
import { appendEvent, type HubCallers, type HubContext } from '../../context.ts'
import { applyEvent } from '../../runs/coordinator.ts'
import { cardOf, ownTask, taskClosed } from '../../runs/tasks/own-task.ts'

export function finishEvaluation(
  context: HubContext,
): Handler<typeof hubEndpoints.finishEvaluation, HubCallers> {
  return async ({ params: { task }, body: metrics, caller }) => {
    const row = await ownTask(context, caller, task, 'evaluate')
    const text = JSON.stringify(metrics)
    if (row.state === 'received' && row.metrics === text) return
    if (row.state !== 'open') throw taskClosed(row)
    const { evaluationExamples } = await cardOf(context, row)
    if (metrics.examples !== evaluationExamples) {
      throw new Refusal(
        'card-mismatch',
        `Evaluated on ${metrics.examples} examples, the data card declares ${evaluationExamples}`,
        { hint: 'Register the data set again, so that its card tells what is there.' },
      )
    }
    const event = { kind: 'received', round: row.round, work: 'evaluate', member: row.member } as const
    const isTaken = await applyEvent(context, row.run, event, async transaction => {
      const settled = context.now().toISOString()
      await transaction
        .updateTable('task')
        .set({ state: 'received', settled, metrics: text })
        .where('id', '=', task)
        .where('state', '=', 'open')
        .execute()
      const { run, round, member, version } = row
      await appendEvent(context, transaction, {
        kind: 'evaluation-received',
        body: { run, round, member, version, metrics },
      })
    })
    if (!isTaken) throw taskClosed(await ownTask(context, caller, task))
    context.pursue(row.run)
  }
}
