import { canonicalJson, Refusal } from '@consort/protocol'
import { appendEvent } from '@consort/storage'
import type { HubHandler } from '../../callers.ts'
import { hearMember } from '../../runs/hear-member.ts'
import { cardOfTask, ownTask, taskClosed } from '../../runs/tasks/own-task.ts'
import { settleTask } from '../../runs/tasks/task-store.ts'
import type { TaskContext } from './context.ts'

/** Takes the metrics of an evaluation over as many examples as the data card declares. */
export function finishEvaluation(
  context: Omit<TaskContext, 'blobs' | 'chunkMemory'>,
): HubHandler<'finishEvaluation'> {
  const { database, now } = context
  return async ({ params: { task: id }, body: metrics, caller }) => {
    const task = await ownTask(database, caller, id, 'evaluate')
    if (task.state === 'received' && canonicalJson(task.metrics) === canonicalJson(metrics)) return
    if (task.state !== 'open') throw taskClosed(task)
    const { evaluationExamples } = await cardOfTask(database, task)
    if (metrics.examples !== evaluationExamples) {
      throw new Refusal(
        'card-mismatch',
        `Evaluated on ${metrics.examples} examples, the data card declares ${evaluationExamples}`,
        { hint: 'Register the data set again, so that its card tells what is there.' },
      )
    }
    const { run, round, member, version } = task
    const event = { kind: 'received', round, work: 'evaluate', member } as const
    const isTaken = await hearMember(context, run, event, async transaction => {
      await settleTask(transaction, id, { state: 'received', metrics, at: now() })
      await appendEvent(context, transaction, {
        kind: 'evaluation-received',
        body: { run, round, member, version, metrics },
      })
    })
    if (!isTaken) throw taskClosed(await ownTask(database, caller, id))
  }
}
