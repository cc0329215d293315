import { parentPort, workerData } from 'node:worker_threads'
import { Refusal } from '@consort/protocol'
import { exportModel } from '@consort/train'
import { InferenceSession, Tensor } from 'onnxruntime-node'
import type { ModelSource, PredictorReply, PredictorRequest, PredictorSetup } from './predictor-messages.ts'

/** The thread in which `session.run` may block: it opens one model and runs batches of any size through it. */
const port = parentPort!
const { source, inputShape, threads } = workerData as PredictorSetup
const opening = openSession(onnxOf(source))

opening.then(
  () => reply({ kind: 'opened' }),
  error => reply(errorReply(error)),
)
port.on('message', (request: PredictorRequest) => {
  score(request).then(
    scores => reply({ kind: 'scored', scores }),
    error => reply(errorReply(error)),
  )
})

function reply(message: PredictorReply): void {
  port.postMessage(message)
}

function onnxOf(model: ModelSource): Uint8Array {
  return 'onnx' in model ? model.onnx : exportModel(model.recipe, model.weights, '')
}

/** Options as in training: without spinning threads, which cost other work up to half of its speed. */
function openSession(onnx: Uint8Array): Promise<InferenceSession> {
  return InferenceSession.create(onnx, {
    intraOpNumThreads: threads,
    interOpNumThreads: 1,
    executionMode: 'sequential',
    logSeverityLevel: 3,
    extra: { session: { intra_op: { allow_spinning: '0' } } },
  })
}

async function score({ inputs, rows }: PredictorRequest): Promise<Float32Array> {
  const session = await opening
  const { scores } = await session.run({ input: new Tensor('float32', inputs, [rows, ...inputShape]) }, [
    'scores',
  ])
  return new Float32Array(scores!.data as Float32Array) // a copy: ONNX Runtime owns the memory
}

function errorReply(error: unknown): PredictorReply {
  if (error instanceof Refusal) return { kind: 'error', code: error.code, message: error.message }
  return { kind: 'error', code: 'internal', message: String((error as Error).stack ?? error) }
}
