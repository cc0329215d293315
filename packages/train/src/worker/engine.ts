import { type Recipe, Refusal } from '@consort/protocol'
import type { AnyExamples } from '@consort/records'
import { endThread, startThread } from '../executor/threads.ts'
import type { TrainRequest, TrainResult } from '../executor/train-request.ts'
import type { FrozenTensors } from '../graph/graph.ts'
import type { Evaluation } from '../metrics/evaluate.ts'
import type { EngineAnswer, EngineReply, EngineRequest } from './engine-messages.ts'

export interface EngineSetup<Name extends string> {
  readonly recipe: Recipe
  /** Threads that one step may use. Weights repeat bit for bit for a fixed number only. */
  readonly threads: number
  /**
   * Examples by name, e.g. `train` and `validation`: copied to the engine's thread once, but for what lies in memory
   * that threads share.
   */
  readonly data: Readonly<Record<Name, AnyExamples>>
  /** The tensors of the base model, where the recipe has one: best on disk, or in memory that threads share. */
  readonly base?: FrozenTensors
}

/** Trains and evaluates one recipe in a thread of its own, so that the caller's event loop stays free. */
export interface Engine<Name extends string> extends AsyncDisposable {
  /** Aborting `signal` ends the thread after the step at hand; the engine is of no use afterwards. */
  train(on: Name, request: TrainRequest, signal?: AbortSignal): Promise<TrainResult>
  evaluate(on: Name, weights: Float32Array, signal?: AbortSignal): Promise<Evaluation>
}

/** Refusals of the thread (`training-diverged`, `recipe-invalid`, …) are thrown as they are; a crash as `internal`. */
export async function openEngine<Name extends string>(setup: EngineSetup<Name>): Promise<Engine<Name>> {
  const worker = startThread('./engine-worker', import.meta.url, { name: 'engine' })
  const waiting = new Map<number, Waiting>()
  let ended: Error | undefined
  let ids = 0

  const end = (error: Error): void => {
    ended ??= error
    for (const { reject } of waiting.values()) reject(ended)
    waiting.clear()
  }
  worker.on('error', error => end(outOfMemory(error) ?? error))
  worker.on('exit', code => end(new Refusal('internal', `The engine's thread ended with code ${code}`)))
  worker.on('message', (reply: EngineReply) => {
    const call = waiting.get(reply.id)
    if (reply.kind === 'progress') return call?.onProgress?.(reply.done)
    waiting.delete(reply.id)
    if (reply.kind === 'error')
      call?.reject(new Refusal(reply.code, reply.message, { ...(reply.hint && { hint: reply.hint }) }))
    else call?.resolve(reply)
  })

  const ask = async (
    request: Unsent,
    options: { signal?: AbortSignal; onProgress?: (done: number) => void } = {},
  ) => {
    options.signal?.throwIfAborted()
    if (ended) throw ended
    ids += 1
    const id = ids
    const answer = new Promise<EngineAnswer>((resolve, reject) =>
      waiting.set(id, { resolve, reject, ...options }),
    )
    const stop = (): void => {
      end(options.signal!.reason)
      void endThread(worker)
    }
    options.signal?.addEventListener('abort', stop, { once: true })
    worker.postMessage({ id, ...request } as EngineRequest)
    try {
      return await answer
    } finally {
      options.signal?.removeEventListener('abort', stop)
    }
  }

  await ask({ kind: 'open', ...setup })
  return {
    async train(on, { onProgress, ...request }, signal) {
      const answer = await ask(
        { kind: 'train', on, request },
        { ...(signal && { signal }), ...(onProgress && { onProgress }) },
      )
      return (answer as Extract<EngineAnswer, { kind: 'trained' }>).result
    },
    async evaluate(on, weights, signal) {
      const answer = await ask({ kind: 'evaluate', on, weights }, signal && { signal })
      return (answer as Extract<EngineAnswer, { kind: 'evaluated' }>).evaluation
    },
    async [Symbol.asyncDispose]() {
      await endThread(worker)
    },
  }
}

type Unsent = EngineRequest extends infer R ? (R extends EngineRequest ? Omit<R, 'id'> : never) : never

interface Waiting {
  readonly resolve: (answer: EngineAnswer) => void
  readonly reject: (error: unknown) => void
  readonly onProgress?: (done: number) => void
}

function outOfMemory(error: Error): Refusal | undefined {
  const { code } = error as NodeJS.ErrnoException
  if (code !== 'ERR_WORKER_OUT_OF_MEMORY' && !(error instanceof RangeError)) return undefined
  return new Refusal('too-large', 'There is not enough memory for this model and batch size', {
    hint: 'Use a smaller batch or model, or give the process more memory.',
  })
}
