import { once } from 'node:events'
import { createServer, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'

export interface ChangingProxy extends AsyncDisposable {
  readonly url: string
}

/** Stands before a hub and changes its answers in JSON: what a later version would say. */
export async function openChangingProxy(
  target: () => string,
  change: (path: string, answer: unknown) => unknown,
): Promise<ChangingProxy> {
  const server = createServer(async (request, response) => {
    const path = request.url ?? '/'
    const { host: _, ...headers } = request.headers
    try {
      const body = await bytesOf(request)
      const answer = await fetch(target() + path, {
        method: request.method ?? 'GET',
        headers: headers as Record<string, string>,
        ...(body.length > 0 && { body: Uint8Array.from(body) }),
      })
      const bytes = Buffer.from(await answer.arrayBuffer())
      const isJson = answer.headers.get('content-type')?.startsWith('application/json')
      const sent =
        isJson && answer.ok ? Buffer.from(JSON.stringify(change(path, JSON.parse(String(bytes))))) : bytes
      const kept = [...answer.headers].filter(
        ([name]) => !/^(content-length|connection|keep-alive|transfer-encoding)$/.test(name),
      )
      response.writeHead(answer.status, Object.fromEntries(kept)).end(sent)
    } catch {
      response.destroy()
    }
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      await new Promise(resolve => server.close(resolve))
    },
  }
}

async function bytesOf(request: IncomingMessage): Promise<Buffer> {
  const parts: Buffer[] = []
  for await (const part of request) parts.push(part)
  return Buffer.concat(parts)
}
