import { Readable } from 'node:stream'
import type { Fetch } from '@consort/protocol'
import inject from 'light-my-request'
import type { VirtualServer } from './built-in-servers.ts'
import { lives } from './life.ts'

export type Reply = Awaited<ReturnType<Fetch>>

/** A request as it came to the server; aborting the signal closes its connection. */
export interface Arrived {
  readonly url: string
  readonly init: Parameters<Fetch>[1]
  readonly signal: AbortSignal
}

/** Has a server answer a request, as that machine. Throws when the server closes the connection. */
export async function dispatch(server: VirtualServer, { url, init, signal }: Arrived): Promise<Reply> {
  const { method, headers, body } = init
  const { pathname, search, host } = new URL(url)
  const { promise, resolve, reject } = Promise.withResolvers<inject.Response>()
  const end = (): void => reject(new Error('the server closed the connection'))
  server.underWay.add(end)
  const options: inject.InjectOptions = {
    method: method as 'GET',
    url: pathname + search,
    authority: host,
    headers: { ...headers, ...(body && { 'content-length': String(body.length) }) },
    signal,
    ...(body && { payload: Buffer.from(body) }),
  }
  lives.run(server.life, () =>
    inject(
      (request, reply) => void server.http.emit('request', request, reply),
      options,
      (error, answered) => {
        server.underWay.delete(end)
        if (error || !answered) reject(error ?? new Error('no answer'))
        else resolve(answered)
      },
    ),
  )
  return replyOf(await promise)
}

function replyOf({ statusCode, headers, rawPayload }: inject.Response): Reply {
  const texts = Object.entries(headers).map(([name, value]): [string, string] => [name, String(value)])
  const bytes = Uint8Array.from(rawPayload)
  return {
    status: statusCode,
    ok: statusCode >= 200 && statusCode < 300,
    headers: new Headers(texts),
    arrayBuffer: async () => bytes.buffer,
    body: Readable.from([bytes]),
  }
}
