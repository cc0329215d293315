import { parentPort, workerData } from 'node:worker_threads'
import { Refusal } from '@consort/protocol'
import { endOfThread, exportModel } from '@consort/train'
import { openSession } from '@consort/train/engine'
import { type InferenceSession, Tensor } from 'onnxruntime-node'
import type { ModelSource, ThreadReply, ThreadRequest, ThreadSetup } from './predictor-messages.ts'

/** The thread in which `session.run` may block: it holds models and runs batches of any size through them. */
const port = parentPort!
const { threads }: ThreadSetup = workerData

interface Loaded {
  readonly session: InferenceSession
  readonly inputShape: readonly number[]
}
const models = new Map<number, Loaded>()

let last: Promise<void> = Promise.resolve()
port.on('message', (request: ThreadRequest | typeof endOfThread) => {
  if (request === endOfThread) process.exit()
  last = last.then(() => answer(request))
})

async function answer(request: ThreadRequest): Promise<void> {
  const { ticket } = request
  try {
    const values = await perform(request)
    const reply: ThreadReply = values ? { ticket, kind: 'values', values } : { ticket, kind: 'done' }
    port.postMessage(reply, values ? [values.buffer] : [])
  } catch (error) {
    port.postMessage(errorReply(ticket, error))
  }
}

async function perform(request: ThreadRequest): Promise<Float32Array<ArrayBuffer> | undefined> {
  switch (request.kind) {
    case 'load': {
      const { model, source, inputShape } = request
      models.set(model, { session: await openSession(onnxOf(source), threads), inputShape })
      return undefined
    }
    case 'run':
      return await run(request)
    case 'unload':
      await models.get(request.model)?.session.release()
      models.delete(request.model)
      return undefined
  }
}

function onnxOf(source: ModelSource): Uint8Array {
  return 'onnx' in source ? source.onnx : exportModel(source.recipe, source.weights, '', { embedding: true })
}

async function run({
  model,
  output,
  inputs,
  rows,
}: Extract<ThreadRequest, { kind: 'run' }>): Promise<Float32Array<ArrayBuffer>> {
  const { session, inputShape } = models.get(model)!
  if (!session.outputNames.includes(output)) {
    throw new Refusal('not-found', `The model’s file has no output named ${output}`)
  }
  const feeds = { input: new Tensor('float32', inputs, [rows, ...inputShape]) }
  const outputs = await session.run(feeds, [output])
  const data = outputs[output]?.data
  if (data instanceof Float32Array) return new Float32Array(data) // a copy: ONNX Runtime owns the memory
  throw new TypeError(`the model’s output ${output} is no float32`)
}

function errorReply(ticket: number, error: unknown): ThreadReply {
  if (error instanceof Refusal) return { ticket, kind: 'error', code: error.code, message: error.message }
  return { ticket, kind: 'error', code: 'internal', message: textOf(error) }
}

function textOf(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error)
}
