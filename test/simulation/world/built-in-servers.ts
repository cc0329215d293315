import { EventEmitter } from 'node:events'
import { Server as HttpServer } from 'node:http'
import { type Life, lives } from './life.ts'

/** A server that listens in this world. */
export interface VirtualServer {
  readonly port: number
  readonly life: Life | undefined
  readonly http: HttpServer
  /** Ends what is being answered, when the server's connections are closed by force. */
  readonly underWay: Set<() => void>
}

/**
 * Puts a table of ports in the place of sockets, for all code of this process. A server that listens is found by its
 * port and is given requests by `request` events; nobody outside can reach it.
 */
export function replaceServers(): {
  readonly find: (port: number) => VirtualServer | undefined
  readonly clear: () => void
} {
  const servers = new Map<number, VirtualServer>()
  let nextPort = 20_000
  const portOf = (of: readonly unknown[]): number => {
    const [first] = of
    const asked =
      typeof first === 'object' && first !== null && 'port' in first ? Number(first.port) : Number(first)
    return asked > 0 ? asked : nextPort++
  }
  const listen = function (this: HttpServer, ...of: unknown[]): HttpServer {
    const port = portOf(of)
    servers.set(port, { port, life: lives.getStore(), http: this, underWay: new Set() })
    Object.defineProperty(this, 'listening', { value: true, writable: true, configurable: true })
    this.address = () => ({ port, address: '127.0.0.1', family: 'IPv4' })
    const drop = (): void => {
      for (const end of servers.get(port)?.underWay ?? []) end()
    }
    this.closeAllConnections = drop
    this.closeIdleConnections = () => {}
    this.close = done => {
      drop()
      if (servers.get(port)?.http === this) servers.delete(port)
      Object.defineProperty(this, 'listening', { value: false, writable: true, configurable: true })
      process.nextTick(() => {
        EventEmitter.prototype.emit.call(this, 'close')
        done?.()
      })
      return this
    }
    // It would look at connections from time to time, of which there are none, and so keep the server for ever.
    for (const listener of this.listeners('listening'))
      if (listener.name === 'setupConnectionsTracking') this.off('listening', listener as () => void)
    process.nextTick(() => this.emit('listening'))
    const last = of.at(-1)
    if (typeof last === 'function') this.once('listening', last as () => void)
    return this
  }
  HttpServer.prototype.listen = listen as never
  return {
    find: port => {
      const server = servers.get(port)
      return server?.life?.isDead ? undefined : server
    },
    clear() {
      servers.clear()
      nextPort = 20_000
    },
  }
}
