import { parentPort, workerData } from 'node:worker_threads'
import { Refusal } from '@consort/protocol'
import { openSource } from '../formats/formats.ts'
import { checkedTextBytes } from './table-reading.ts'
import { buffersOf, type ReadReply, type ReadRequest } from './thread-messages.ts'

/** The thread that reads one file: what it needs of the heap, and of a processor, is not the process's. */
const port = parentPort!
const request: ReadRequest = workerData

read(request).then(send, (error: unknown) => {
  if (!(error instanceof Refusal)) throw error
  const { code, message, hint, path } = error
  send({
    kind: 'refused',
    code,
    message,
    ...(hint !== undefined && { hint }),
    ...(path !== undefined && { path }),
  })
})

async function read({
  source,
  path,
  keys,
  limits,
  schema,
  conformance,
  textsKeptMax,
}: ReadRequest): Promise<ReadReply> {
  const options = { limits, ...(schema && { schema }) }
  const { rows } = await openSource(source)
  if (!rows) throw new TypeError('A reading thread reads rows, and this source has none')
  if (conformance && rows.conformance && schema)
    return { kind: 'conformance', report: await rows.conformance(schema, options) }
  const reading = await rows.read(keys, options)
  // here, because the heap that would have to hold them is the process's
  if (textsKeptMax !== undefined) checkedTextBytes(reading, path, textsKeptMax)
  return { kind: 'read', reading }
}

function send(reply: ReadReply): void {
  port.postMessage(reply, reply.kind === 'read' ? buffersOf(reply.reading) : [])
}
