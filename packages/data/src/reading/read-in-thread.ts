import { Refusal } from '@consort/protocol'
import { startThread } from '@consort/train'
import { textsRefusal } from '../files/read-limits.ts'
import type { ReadReply, ReadRequest } from './thread-messages.ts'

/** The thread's heap holds different texts and what a mapping counts; columns are not in it. */
const heapMibMax = 1536

/**
 * Reads in a thread of its own, which ends with the reading. Throws as `readDataset` does; a thread whose heap is
 * exhausted ends by itself and is a refusal. Aborting `signal` ends it at once.
 */
export async function readInThread(
  request: ReadRequest,
  { signal, heapMib = heapMibMax }: { signal: AbortSignal; heapMib?: number | undefined },
): Promise<ReadReply> {
  signal.throwIfAborted()
  const worker = startThread('./read-worker', import.meta.url, {
    name: 'reading',
    workerData: request,
    resourceLimits: { maxOldGenerationSizeMb: heapMib },
  })
  const { promise, resolve, reject } = Promise.withResolvers<ReadReply>()
  const stop = (): void => reject(signal.reason)
  signal.addEventListener('abort', stop)
  worker.once('message', resolve)
  worker.once('error', error => reject(outOfHeap(error) ? textsRefusal(request.path, request.limits) : error))
  worker.once('exit', code => reject(new Refusal('internal', `The reading thread ended with code ${code}`)))
  try {
    const reply = await promise
    if (reply.kind !== 'refused') return reply
    const { code, message, hint, path } = reply
    throw new Refusal(code, message, {
      ...(hint !== undefined && { hint }),
      ...(path !== undefined && { path }),
    })
  } finally {
    signal.removeEventListener('abort', stop)
    await worker.terminate()
  }
}

function outOfHeap(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ERR_WORKER_OUT_OF_MEMORY'
}
