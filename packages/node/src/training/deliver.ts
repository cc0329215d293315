import { digestOfManifest, hubEndpoints, type Manifest, type Task } from '@consort/protocol'
import { retry } from '../hub/retry.ts'
import type { TrainingOutcome } from '../tables/training-outcome.ts'
import type { TrainingContext } from './context.ts'

/** Sends what the hub does not have yet; after a cut it asks again and goes on with the rest. */
export async function deliver(
  context: Pick<TrainingContext, 'call' | 'blobs' | 'log'>,
  task: Task,
  { manifest, outcome }: { manifest: Manifest; outcome: TrainingOutcome },
  signal: AbortSignal,
): Promise<void> {
  const { call } = context
  const params = { task: task.id }
  await retry(
    async () => {
      await upload(context, task, manifest, signal)
      await call(
        hubEndpoints.finishTraining,
        { params, body: { update: digestOfManifest(manifest), ...outcome } },
        { signal, timeoutMs: chunkTimeoutMs },
      )
    },
    {
      signal,
      withinMs: task.withinMs,
      onRetry: (error, attempt) =>
        context.log.warn({ task: task.id, attempt, error: String(error) }, 'upload-interrupted'),
    },
  )
}

/** Announces an update and sends the chunks that the hub does not have. */
export async function upload(
  { call, blobs }: Pick<TrainingContext, 'call' | 'blobs'>,
  task: Task,
  manifest: Manifest,
  signal: AbortSignal,
): Promise<void> {
  const params = { task: task.id }
  const { missing } = await call(hubEndpoints.offerUpdate, { params, body: manifest }, { signal })
  for (const digest of missing) {
    const body = await blobs.get(task.id, digest)
    const options = { signal, timeoutMs: chunkTimeoutMs }
    await call(hubEndpoints.putChunk, { params: { ...params, digest }, body }, options)
  }
}

/** A chunk of 4 MiB over 0.3 Mbit/s. */
const chunkTimeoutMs = 120_000
