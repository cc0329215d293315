import type { Fetch, Random } from '@consort/protocol'
import type { VirtualServer } from './built-in-servers.ts'
import { dispatch, type Reply } from './dispatch.ts'
import { type Life, lives } from './life.ts'
import type { VirtualTime } from './virtual-time.ts'

/** How well a machine reaches the others just now. */
export interface Link {
  /** Nothing gets through. */
  isCut: boolean
  /** By chance, of each request: it is lost, its answer is lost after the server acted, it comes twice. */
  lossy: number
  /** The longest way of a request or an answer, in milliseconds. */
  delayMs: number
}

export interface NetworkSetup {
  readonly time: VirtualTime
  readonly random: Random
  readonly find: (port: number) => VirtualServer | undefined
  readonly linkOf: (machine: string) => Link
  readonly note: (what: string) => void
  /** Told of each request that leaves a machine. */
  readonly onSent: (sent: SentRequest) => void
}

export interface SentRequest {
  /** Undefined for people. */
  readonly machine: string | undefined
  readonly method: string
  readonly path: string
  readonly body: Uint8Array | undefined
}

export interface VirtualNetwork {
  readonly fetch: Fetch
  /** Whoever waits for an answer over this machine's link hears that the connection is gone. */
  breakLink(machine: string): void
}

/** One request on its way. */
interface Exchange {
  readonly from: Life | undefined
  readonly to: string | undefined
  /** The caller hears that the connection is gone. */
  readonly fail: (code: string) => void
}

/** A request or an answer that is lost is waited for up to this long. */
const lostMsMax = 5000
const perfect: Link = { isCut: false, lossy: 0, delayMs: 1 }

/** Carries requests from and to the servers of this world, late, twice or not at all, as the links are. */
export function createNetwork(setup: NetworkSetup): VirtualNetwork {
  const open = new Set<Exchange>()
  return {
    fetch: (url, init) => exchange(setup, open, { url, init }),
    breakLink(machine) {
      for (const { from, to, fail } of [...open])
        if (from?.machine === machine || to === machine)
          outside(() => setup.time.after(setup.random.integer(20), () => fail('ECONNRESET')))
    },
  }
}

/** What the wire does belongs to no machine. */
function outside(run: () => void): void {
  lives.run(undefined, run)
}

type Request = { readonly url: string; readonly init: Parameters<Fetch>[1] }

function exchange(setup: NetworkSetup, open: Set<Exchange>, { url, init }: Request): Promise<Reply> {
  const { time, note } = setup
  const { port, pathname } = new URL(url)
  const from = lives.getStore()
  if (from?.isDead) return new Promise(() => {})
  const to = setup.find(Number(port))?.life?.machine
  const way = wayBetween(setup, from?.machine, to)
  const what = `${from?.machine ?? '-'} ${init.method} ${pathname}`
  const { promise, resolve, reject } = Promise.withResolvers<Reply>()
  setup.onSent({ machine: from?.machine, method: init.method, path: pathname, body: init.body })
  const gone = new AbortController()
  const end = (): boolean => {
    init.signal.removeEventListener('abort', stop)
    return open.delete(own)
  }
  const fail = (code: string): void => {
    if (!end()) return
    gone.abort()
    note(`${what} ${code}`)
    const cause = Object.assign(new Error(code), { code })
    if (!from?.isDead) reject(new TypeError('fetch failed', { cause }))
  }
  const stop = (): void => {
    if (!end()) return
    outside(() => time.after(way.delayMs(), () => gone.abort()))
    reject(init.signal.reason)
  }
  const answer = (reply: Reply): void => {
    if (way.isCut()) fail('ECONNRESET')
    if (!end()) return
    note(`${what} ${reply.status}`)
    if (!from?.isDead) resolve(reply)
  }
  const own: Exchange = { from, to, fail }
  open.add(own)
  if (init.signal.aborted) stop()
  else init.signal.addEventListener('abort', stop)
  outside(() => carry(setup, way, { url, init, signal: gone.signal, answer, fail }))
  return promise
}

/** The way between two machines, as it is at each moment; the worse of their links says what may happen on it. */
interface Way {
  isCut(): boolean
  isUnlucky(): boolean
  delayMs(): number
}

function wayBetween({ random, linkOf }: NetworkSetup, ...ends: readonly (string | undefined)[]): Way {
  const links = ends.filter(name => name !== undefined).map(linkOf)
  const badness = ({ lossy, delayMs }: Link): number => lossy + delayMs
  const worst = links.reduce((worse, link) => (badness(link) > badness(worse) ? link : worse), perfect)
  return {
    isCut: () => links.some(({ isCut }) => isCut),
    isUnlucky: () => random.uniform() < worst.lossy / 3,
    delayMs: () => 1 + random.integer(worst.delayMs),
  }
}

interface Carried extends Request {
  readonly signal: AbortSignal
  readonly answer: (reply: Reply) => void
  readonly fail: (code: string) => void
}

/** Brings the request to the server and the answer back, unless one of them is lost; perhaps the request comes twice. */
function carry({ time, random, find }: NetworkSetup, way: Way, request: Carried): void {
  const { url, answer, fail } = request
  const lose = (code: string): void => void time.after(random.integer(lostMsMax), () => fail(code))
  const deliver = (isHeard: boolean): void => {
    const server = find(Number(new URL(url).port))
    if (!server || way.isCut()) {
      if (isHeard) fail('ECONNREFUSED')
      return
    }
    const heard = (reply: Reply): void => {
      if (!isHeard || server.life?.isDead) return
      if (way.isUnlucky()) lose('ECONNRESET')
      else time.after(way.delayMs(), () => answer(reply))
    }
    dispatch(server, request).then(
      reply => outside(() => heard(reply)),
      () => outside(() => isHeard && fail('ECONNRESET')),
    )
  }
  if (way.isUnlucky()) lose('ETIMEDOUT')
  else time.after(way.delayMs(), () => deliver(true))
  if (way.isUnlucky()) time.after(2 * way.delayMs(), () => deliver(false))
}
