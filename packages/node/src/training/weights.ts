import {
  checkChunk,
  type Digest,
  decodeTensors,
  digestOfManifest,
  hubEndpoints,
  type Manifest,
  type Task,
  type TensorLayout,
} from '@consort/protocol'
import { retry } from '../hub/retry.ts'
import type { TrainingContext } from './context.ts'

/** Where chunks of weights are kept until their task is done, also over a restart. */
export const weightsScope = 'weights'

/** Fetches the weights of tasks, and keeps the latest ones: an evaluation and the next round use the same. */
export interface WeightsSource {
  fetch(task: Task, layout: TensorLayout, signal: AbortSignal): Promise<Float32Array>
}

/** Starts with none in memory. */
export function createWeightsSource(context: Pick<TrainingContext, 'blobs' | 'call'>): WeightsSource {
  let latest: { digest: Digest; weights: Float32Array } | undefined
  return {
    async fetch(task, layout, signal) {
      const digest = digestOfManifest(task.weights)
      if (latest?.digest === digest) return latest.weights
      const file = new Uint8Array(task.weights.bytes)
      let offset = 0
      for (const chunk of task.weights.chunks) {
        const bytes = await fetchChunk(context, task, chunk, signal)
        checkChunk(chunk, bytes)
        file.set(bytes, offset)
        offset += bytes.length
      }
      latest = { digest, weights: decodeTensors(layout, file) }
      return latest.weights
    },
  }
}

/** Large models are fetched once and kept on disk, so that a restart goes on where it was. */
async function fetchChunk(
  context: Pick<TrainingContext, 'blobs' | 'call'>,
  task: Task,
  chunk: Manifest['chunks'][number],
  signal: AbortSignal,
): Promise<Uint8Array> {
  const { blobs, call } = context
  const isWorthKeeping = task.weights.chunks.length > 1
  if (isWorthKeeping && (await blobs.has(weightsScope, chunk.digest)))
    return await blobs.get(weightsScope, chunk.digest)
  const bytes = await retry(
    () => call(hubEndpoints.getWeights, { params: { task: task.id, digest: chunk.digest } }, { signal }),
    {
      signal,
      withinMs: task.withinMs,
    },
  )
  if (isWorthKeeping) await blobs.put(weightsScope, chunk, bytes)
  return bytes
}

/** Forgets kept chunks; called when a task is done. */
export async function forgetWeights({ blobs }: Pick<TrainingContext, 'blobs'>): Promise<void> {
  await blobs.removeScope(weightsScope)
}
