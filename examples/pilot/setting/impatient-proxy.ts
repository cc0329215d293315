import { once } from 'node:events'
import { createServer } from 'node:http'
import { type AddressInfo, connect, type Socket } from 'node:net'

export interface ImpatientProxy extends AsyncDisposable {
  readonly url: string
  /** Connections that it has cut because nothing was said on them. */
  readonly cuts: number
}

/** A proxy for HTTPS (CONNECT) as some hospitals have it: it cuts what is silent for longer than it can bear. */
export async function openImpatientProxy(host: string, silentMsMax: number): Promise<ImpatientProxy> {
  let cuts = 0
  const sockets = new Set<Socket>()
  const server = createServer((_request, response) => response.writeHead(405).end())
  server.on('connect', (request, socket: Socket) => {
    const [target, port] = (request.url ?? '').split(':')
    const onward = connect(Number(port), target!, () => socket.write('HTTP/1.1 200 OK\r\n\r\n'))
    for (const [one, other] of [
      [socket, onward],
      [onward, socket],
    ] as const) {
      sockets.add(one)
      one.on('error', () => other.destroy())
      one.on('close', () => {
        sockets.delete(one)
        other.destroy()
      })
      one.pipe(other)
    }
    onward.setTimeout(silentMsMax, () => {
      cuts += 1
      socket.destroy()
      onward.destroy()
    })
  })
  server.listen(0, host)
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  return {
    url: `http://${host}:${port}`,
    get cuts() {
      return cuts
    },
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy()
      server.close()
      await once(server, 'close').catch(() => {})
    },
  }
}
