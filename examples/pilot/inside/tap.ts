// Stands before the hub, in its network, with its certificate, as whoever has got hold of that place could: writes down
// all that passes in either direction, and does now and then what a bad line does, or a hub that lies.
import { appendFileSync, readFileSync } from 'node:fs'
import { type IncomingMessage, request, type ServerResponse } from 'node:http'
import { createServer, request as requestOverTls } from 'node:https'
import { createInterface } from 'node:readline'
import type { TapFault, TapSetup } from '../setting/tap.ts'

const lines = createInterface({ input: process.stdin })
const { value } = await lines[Symbol.asyncIterator]().next()
const { listen, hub, cert, key, authority, record } = JSON.parse(value as string) as TapSetup
const planted: TapFault[] = []

interface Answer {
  readonly status: number
  readonly headers: readonly string[]
  readonly body: Buffer
}

const server = createServer(
  { cert: readFileSync(cert), key: readFileSync(key) },
  (incoming, outgoing) => void pass(incoming, outgoing).catch(() => outgoing.destroy()),
)
server.listen(listen.port, listen.host, () => console.log(JSON.stringify({ listening: true })))
lines.on('line', line => planted.push(JSON.parse(line) as TapFault))

async function pass(incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
  const body = await bodyOf(incoming)
  appendFileSync(record, Buffer.concat([headOf(incoming), body]))
  const abort = new AbortController()
  outgoing.on('close', () => abort.abort())
  const answer = await ask(incoming, body, abort.signal)
  appendFileSync(record, Buffer.concat([Buffer.from(answer.headers.join('\n')), answer.body]))
  const fault = takeFault(incoming, answer)
  if (fault?.how.kind === 'lose-answer') {
    console.log(JSON.stringify({ fault: fault.name, status: answer.status }))
    outgoing.destroy()
    return
  }
  const altered = fault ? alter(fault, answer.body) : answer.body
  send(outgoing, answer, altered)
  if (fault?.how.kind === 'repeat') {
    const again = await ask(incoming, body)
    const { code } = JSON.parse(again.body.toString() || '{}')
    console.log(JSON.stringify({ fault: fault.name, status: again.status, code }))
  } else if (fault) console.log(JSON.stringify({ fault: fault.name, status: answer.status }))
}

/** Each fault strikes once, at the first answer of the hub that fits. */
function takeFault(
  { method, url = '', headers }: IncomingMessage,
  { status, body }: Answer,
): TapFault | undefined {
  const index = planted.findIndex(
    fault =>
      fault.method === method &&
      new RegExp(fault.path).test(url) &&
      (fault.member === undefined || String(headers['signature-input']).includes(fault.member)) &&
      status < 300 &&
      (fault.how.kind !== 'replace' || body.includes(fault.how.from)),
  )
  return index === -1 ? undefined : planted.splice(index, 1)[0]
}

function alter({ how }: TapFault, body: Buffer): Buffer {
  switch (how.kind) {
    case 'replace':
      return Buffer.from(body.toString().replace(how.from, how.to))
    case 'flip-bit':
      return Buffer.from(body.with(body.length - 3, body.at(-3)! ^ 1))
    default:
      return body
  }
}

function send(outgoing: ServerResponse, { status, headers }: Answer, body: Buffer): void {
  const kept: string[] = []
  for (let index = 0; index < headers.length; index += 2) {
    const name = headers[index]!
    if (!/^(content-length|transfer-encoding|connection|keep-alive)$/i.test(name))
      kept.push(name, headers[index + 1]!)
  }
  if (status !== 204) kept.push('content-length', String(body.length))
  outgoing.writeHead(status, kept).end(body)
}

function ask(incoming: IncomingMessage, body: Buffer, signal?: AbortSignal): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const options = { method: incoming.method, headers: incoming.rawHeaders, ...(signal && { signal }) }
    const url = new URL(incoming.url ?? '/', hub)
    const onward =
      url.protocol === 'https:'
        ? requestOverTls(url, { ...options, ca: readFileSync(authority) } as object)
        : request(url, options as object)
    onward.on('error', reject)
    onward.on('response', answer => {
      bodyOf(answer).then(
        whole => resolve({ status: answer.statusCode!, headers: answer.rawHeaders, body: whole }),
        reject,
      )
    })
    onward.end(body)
  })
}

function headOf({ method, url, rawHeaders }: IncomingMessage): Buffer {
  return Buffer.from(`\n${method} ${url}\n${rawHeaders.join('\n')}\n\n`)
}

async function bodyOf(message: IncomingMessage): Promise<Buffer> {
  const parts: Buffer[] = []
  for await (const part of message) parts.push(part as Buffer)
  return Buffer.concat(parts)
}
