import { hubEndpoints, Refusal, type Task } from '@consort/protocol'
import type { TrainingContext } from './context.ts'

const reportEveryMs = 1000

/** Tells the hub how far the training is, at most once a second, and learns whether it is still wanted. */
export function progressReporter(
  context: Pick<TrainingContext, 'call'>,
  task: Task,
  unwanted: AbortController,
): (done: number) => void {
  let last = performance.now()
  return done => {
    if (performance.now() - last < reportEveryMs) return
    last = performance.now()
    context.call(hubEndpoints.reportProgress, { params: { task: task.id }, body: { done } }).then(
      ({ wanted }) =>
        wanted || unwanted.abort(new Refusal('task-closed', 'The hub no longer waits for this task')),
      () => {}, // a report more or less
    )
  }
}
