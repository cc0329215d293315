import { connect, createServer, type Socket } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'

export interface LinkFaults {
  /** Every connection is cut this long after it was opened. */
  readonly cutAfterMs?: number
  /** A connection on which nothing moves for so long is cut. */
  readonly idleCutMs?: number
  /** In each direction. */
  readonly bytesPerSecond?: number
  /** Sees everything that goes towards the target. */
  readonly onSent?: (bytes: Buffer) => void
}

export interface BadLink extends AsyncDisposable {
  readonly port: number
  /** Bytes that went towards the target. */
  readonly sent: () => number
  /** Connections that were cut. */
  readonly cuts: () => number
  /** Cuts everything that is open, now. */
  cutAll(): void
}

/** A TCP proxy that behaves like the networks between organisations. `target` may change while it runs. */
export async function openBadLink(target: () => number, faults: LinkFaults): Promise<BadLink> {
  let sent = 0
  let cuts = 0
  const open = new Set<() => void>()

  const server = createServer(inner => {
    const outer = connect({ port: target(), host: '127.0.0.1' })
    let idle: NodeJS.Timeout | undefined
    let isCut = false
    const cut = (): void => {
      if (isCut) return
      isCut = true
      cuts += 1
      inner.resetAndDestroy()
      outer.resetAndDestroy()
    }
    open.add(cut)
    const touch = (): void => {
      if (faults.idleCutMs === undefined) return
      clearTimeout(idle)
      idle = setTimeout(cut, faults.idleCutMs)
    }
    const life = faults.cutAfterMs === undefined ? undefined : setTimeout(cut, faults.cutAfterMs)
    const end = (): void => {
      isCut = true
      clearTimeout(idle)
      clearTimeout(life)
      open.delete(cut)
      inner.destroy()
      outer.destroy()
    }
    for (const socket of [inner, outer]) socket.on('error', end).on('close', end)
    touch()
    void pump(inner, outer, bytes => {
      sent += bytes.length
      faults.onSent?.(bytes)
      touch()
    })
    void pump(outer, inner, touch)
  })

  const pump = async (from: Socket, to: Socket, moved: (bytes: Buffer) => void): Promise<void> => {
    try {
      for await (const bytes of from as AsyncIterable<Buffer>) {
        moved(bytes)
        if (!to.write(bytes)) await new Promise(resolve => to.once('drain', resolve).once('close', resolve))
        if (faults.bytesPerSecond) await sleep((1000 * bytes.length) / faults.bytesPerSecond)
      }
      to.end()
    } catch {
      to.destroy()
    }
  }

  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  return {
    port: typeof address === 'object' && address ? address.port : 0,
    sent: () => sent,
    cuts: () => cuts,
    cutAll() {
      for (const cut of [...open]) cut()
    },
    async [Symbol.asyncDispose]() {
      for (const cut of [...open]) cut()
      await new Promise(resolve => server.close(resolve))
    },
  }
}
