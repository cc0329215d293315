import { decodeTensors, hubEndpoints, type Manifest } from '@consort/protocol'
import { trainedParts } from '@consort/train'
import type { AcceptedTask } from '../hub/accepted-task.ts'
import { retry } from '../hub/retry.ts'
import { joinSum } from '../sums/join-sum.ts'
import { sumContext } from '../sums/sum-context.ts'
import type { TrainingContext } from './context.ts'
import { upload } from './deliver.ts'
import type { TaskScope } from './task-runner.ts'

/** The hub gets the difference from the round's weights, under masks that only the sum of all is without. */
export async function deliverMasked(
  context: TrainingContext,
  scope: TaskScope,
  accepted: AcceptedTask,
  manifest: Manifest,
): Promise<void> {
  const { task, recipe } = accepted
  const { signal } = scope
  const { layout } = trainedParts(recipe)
  const update = async (): Promise<Float32Array> => {
    const chunks = await Promise.all(manifest.chunks.map(({ digest }) => context.blobs.get(task.id, digest)))
    const start = await scope.weights.fetch(task, layout, signal)
    return decodeTensors(layout, Buffer.concat(chunks)).map((weight, index) => weight - start[index]!)
  }
  const uploadMasked = (masked: Manifest): Promise<void> =>
    retry(() => upload(context, task, masked, signal), { signal, withinMs: task.withinMs })
  const params = { task: task.id }
  const { call } = context
  await joinSum(
    context,
    {
      work: task.id,
      run: task.run,
      withinMs: task.withinMs,
      context: async () =>
        sumContext(context, accepted, await call(hubEndpoints.getCohort, { params }, { signal })),
      send: body => call(hubEndpoints.sendAggregationMessage, { params, body }, { signal }),
      receive: async ({ kind: after }, { waitSeconds: wait, timeoutMs }) => {
        const asked = { params, query: { after, wait } }
        const { message } = await call(hubEndpoints.getAggregationMessage, asked, { signal, timeoutMs })
        return message
      },
      update,
      upload: uploadMasked,
    },
    signal,
  )
}
