import { once } from 'node:events'
import { Worker, type WorkerOptions } from 'node:worker_threads'
import { forbidTelemetry } from './no-telemetry.ts'

/** What `endThread` sends; a thread exits by itself when it gets it. */
export const endOfThread = 'end'

/** A step or two; a thread that hangs is terminated. */
const patienceMs = 10_000

/** Starts `module`, named without its extension, as a thread that may open models; call it on the main thread. */
export function startThread(module: string, importer: string, options: WorkerOptions): Worker {
  forbidTelemetry()
  const extension = importer.endsWith('.ts') ? 'ts' : 'js'
  return new Worker(new URL(`${module}.${extension}`, importer), options)
}

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
