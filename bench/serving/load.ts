import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { createInterface } from 'node:readline'
import { readDigits } from '../../examples/quickstart/digits/read-digits.ts'
import type { LoadAnswer, LoadRequest } from './protocol.ts'

/**
 * A process that asks a node about test digits over Open Inference with the binary extension, one digit a request, the
 * next one on a connection when the last has been answered. Sockets and bytes of its own: a general HTTP client would
 * need more of the machine than the node.
 */
const differentDigits = 512

console.log(JSON.stringify({ ready: true, name: 'load', version: '1' }))
for await (const line of createInterface({ input: process.stdin })) {
  const answer = await load(JSON.parse(line) as LoadRequest).catch(error => ({ error: String(error) }))
  console.log(JSON.stringify(answer))
}

async function load({ url, key, connections, seconds }: LoadRequest): Promise<LoadAnswer> {
  const requests = await requestsFor(url, key)
  const { hostname, port } = new URL(url)
  const latencies: number[] = []
  const counts = { answered: 0, deferred: 0 }
  const until = performance.now() + 1000 * seconds
  const ask = async (first: number): Promise<void> => {
    const socket = connect(Number(port), hostname).setNoDelay()
    await once(socket, 'connect')
    const responses = responsesOf(socket)
    for (let next = first; performance.now() < until; next += connections) {
      const began = performance.now()
      socket.write(requests[next % requests.length]!)
      const { value } = await responses.next()
      const text = String(value)
      if (!text.startsWith('HTTP/1.1 200 ')) throw new Error(text.slice(0, 500))
      latencies.push(performance.now() - began)
      counts[text.includes('"decision":"answered"') ? 'answered' : 'deferred'] += 1
    }
    socket.destroy()
  }
  const began = performance.now()
  await Promise.all(Array.from({ length: connections }, (_, index) => ask(index)))
  return { ...counts, seconds: (performance.now() - began) / 1000, ...spread(latencies) }
}

function spread(latencies: number[]): Pick<LoadAnswer, 'medianMs' | 'p99Ms'> {
  const sorted = Float64Array.from(latencies).sort()
  const at = (share: number): number => sorted[Math.floor(share * (sorted.length - 1))] ?? Number.NaN
  return { medianMs: at(0.5), p99Ms: at(0.99) }
}

/** Each response as a whole, headers and body. */
async function* responsesOf(socket: Socket): AsyncGenerator<string> {
  let held: Buffer = Buffer.alloc(0)
  for await (const chunk of socket) {
    held = held.length === 0 ? (chunk as Buffer) : Buffer.concat([held, chunk as Buffer])
    const end = lengthOf(held)
    if (end === undefined || held.length < end) continue
    yield held.toString('latin1', 0, end)
    held = held.subarray(end)
  }
  throw new Error('the node hung up')
}

function lengthOf(held: Buffer): number | undefined {
  const head = held.indexOf('\r\n\r\n')
  if (head < 0) return undefined
  const length = /\r\ncontent-length: (\d+)/i.exec(held.toString('latin1', 0, head + 2))?.[1]
  return head + 4 + Number(length)
}

async function requestsFor(url: string, key: string): Promise<Buffer[]> {
  const { pixels } = await readDigits('t10k')
  const size = 28 * 28
  const header = Buffer.from(
    JSON.stringify({
      parameters: { binary_data_output: true },
      inputs: [
        {
          name: 'image',
          shape: [1, 1, 28, 28],
          datatype: 'UINT8',
          parameters: { binary_data_size: size },
        },
      ],
    }),
  )
  const head = Buffer.from(
    [
      'POST /v2/models/digits/infer HTTP/1.1',
      `host: ${new URL(url).host}`,
      `authorization: Bearer ${key}`,
      `inference-header-content-length: ${header.length}`,
      `content-length: ${header.length + size}`,
      '\r\n',
    ].join('\r\n'),
  )
  return Array.from({ length: differentDigits }, (_, index) =>
    Buffer.concat([head, header, pixels.subarray(index * size, (index + 1) * size)]),
  )
}
