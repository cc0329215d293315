import { createServer } from 'node:http'
import { connect } from 'node:net'

export interface CompanyProxy extends AsyncDisposable {
  readonly url: string
  /** What it was asked to tunnel to. */
  readonly tunnels: readonly string[]
  /** How many connections were made to it, whatever for. */
  connections(): number
}

/**
 * A proxy as companies have them: it only tunnels, here to one port of this machine, whatever the address; or refuses.
 */
export async function openCompanyProxy(target?: number): Promise<CompanyProxy> {
  const tunnels: string[] = []
  let connections = 0
  const server = createServer((_request, response) => response.writeHead(403).end('blocked'))
  server.on('connection', () => {
    connections += 1
  })
  server.on('connect', (request, client) => {
    tunnels.push(request.url!)
    if (target === undefined) return void client.end('HTTP/1.1 403 Forbidden\r\n\r\n')
    const socket = connect(target, '127.0.0.1', () => {
      client.write('HTTP/1.1 200 Connection Established\r\n\r\n')
      socket.pipe(client).pipe(socket)
    })
    for (const side of [socket, client]) side.on('error', () => socket.destroy())
    client.on('close', () => socket.destroy())
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  const port = typeof address === 'object' && address ? address.port : 0
  return {
    url: `http://127.0.0.1:${port}`,
    tunnels,
    connections: () => connections,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      await new Promise(resolve => server.close(resolve))
    },
  }
}
