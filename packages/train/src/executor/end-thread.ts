import { once } from 'node:events'
import type { Worker } from 'node:worker_threads'

/** What `endThread` sends; a thread exits by itself when it gets it. */
export const endOfThread = 'end'

/** A step or two; a thread that hangs is terminated. */
const patienceMs = 10_000

/**
 * Ends a thread that runs graphs between two of them. Terminated within one, ONNX Runtime can throw where nobody
 * catches it, and take the whole process along.
 */
export async function endThread(worker: Worker): Promise<void> {
  if (worker.threadId < 0) return
  const ended = once(worker, 'exit')
  worker.postMessage(endOfThread)
  const impatient = setTimeout(() => void worker.terminate(), patienceMs)
  await ended.finally(() => clearTimeout(impatient))
}
