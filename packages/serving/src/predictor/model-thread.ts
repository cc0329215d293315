import { Refusal } from '@consort/protocol'
import { endThread, startThread } from '@consort/train'
import type {
  ModelOutput,
  ModelSource,
  ThreadReply,
  ThreadRequest,
  ThreadSetup,
} from './predictor-messages.ts'

/** One worker thread, which holds models by number. */
export interface ModelThread {
  /** How many requests it has not answered yet. */
  readonly underWay: number
  /** False once it has ended, whyever. */
  readonly isAlive: boolean
  load(model: number, source: ModelSource, inputShape: readonly number[]): Promise<void>
  run(model: number, batch: ThreadBatch): Promise<Float32Array>
  unload(model: number): Promise<void>
  close(): Promise<void>
}

export interface ThreadBatch {
  readonly output: ModelOutput
  /** Given away: not to be used afterwards. */
  readonly inputs: Float32Array
  readonly rows: number
}

/** What a thread owes an answer to. */
type Asked = PromiseWithResolvers<Float32Array | undefined>

/**
 * Starts a thread. What it has not answered when it ends throws `busy`: the same question may be asked again, of
 * another thread.
 */
export function startModelThread(setup: ThreadSetup): ModelThread {
  const worker = startThread('./predictor-worker', import.meta.url, { name: 'model', workerData: setup })
  const asked = new Map<number, Asked>()
  let tickets = 0
  let isAlive = true

  const end = (why: string, cause?: unknown): void => {
    isAlive = false
    for (const { reject } of asked.values()) reject(endedRefusal(why, cause))
    asked.clear()
  }
  worker.on('message', (reply: ThreadReply) => {
    settle(asked.get(reply.ticket), reply)
    asked.delete(reply.ticket)
  })
  worker.on('error', error => end(String(error), error))
  worker.on('exit', code => end(`code ${code}`))

  const ask = (
    request: WithoutTicket<ThreadRequest>,
    transfer: ArrayBuffer[] = [],
  ): Promise<Float32Array | undefined> => {
    if (!isAlive) return Promise.reject(endedRefusal('it has ended before'))
    tickets += 1
    const answer: Asked = Promise.withResolvers()
    asked.set(tickets, answer)
    worker.postMessage({ ...request, ticket: tickets }, transfer)
    return answer.promise
  }
  return {
    get underWay() {
      return asked.size
    },
    get isAlive() {
      return isAlive
    },
    load: async (model, source, inputShape) => void (await ask({ kind: 'load', model, source, inputShape })),
    async run(model, { output, inputs, rows }) {
      const { buffer } = inputs // memory that is shared with others is not given away
      const given = buffer instanceof ArrayBuffer ? [buffer] : []
      const values = await ask({ kind: 'run', model, output, inputs, rows }, given)
      return values!
    },
    unload: async model => void (await ask({ kind: 'unload', model })),
    async close() {
      isAlive = false
      await endThread(worker)
    },
  }
}

type WithoutTicket<R> = R extends unknown ? Omit<R, 'ticket'> : never

function settle(answer: Asked | undefined, reply: ThreadReply): void {
  if (reply.kind === 'error') answer?.reject(new Refusal(reply.code, reply.message))
  else answer?.resolve(reply.kind === 'values' ? reply.values : undefined)
}

function endedRefusal(why: string, cause?: unknown): Refusal {
  return new Refusal('busy', `A thread with models ended (${why})`, {
    hint: 'Ask again: another one takes its place.',
    cause,
  })
}
