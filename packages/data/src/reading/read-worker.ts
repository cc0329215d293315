import { parentPort, workerData } from 'node:worker_threads'
import { Refusal } from '@consort/protocol'
import { readConformance } from '../mapping/read-mapped.ts'
import { checkedTextBytes, readTable } from './table-reading.ts'
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
  keys,
  limits,
  schema,
  conformance,
  textsKeptMax,
}: ReadRequest): Promise<ReadReply> {
  const options = { limits, ...(schema && { schema }) }
  if (conformance && source.kind === 'mapped' && schema)
    return { kind: 'conformance', report: await readConformance(source, schema, options) }
  const reading = await readTable(source, keys, options)
  // here, because the heap that would have to hold them is the process's
  if (textsKeptMax !== undefined) checkedTextBytes(reading, source.path, textsKeptMax)
  return { kind: 'read', reading }
}

function send(reply: ReadReply): void {
  port.postMessage(reply, reply.kind === 'read' ? buffersOf(reply.reading) : [])
}
