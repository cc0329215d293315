import { type Fetch, Refusal } from '@consort/protocol'
import { Agent, type buildConnector, fetch as fetchBy, ProxyAgent } from 'undici'
import { isLoopback, readNoProxy } from './no-proxy.ts'

/** The way out of this machine. */
export interface Outgoing extends AsyncDisposable {
  readonly fetch: (url: string, init: OutgoingInit) => Promise<Answered>
}

/** As a call to the hub, which goes nowhere else; who looks at redirects itself says `manual`. */
type OutgoingInit = Omit<Parameters<Fetch>[1], 'redirect'> & { redirect: 'error' | 'manual' }

export interface OutgoingSetup {
  /** `https` is the proxy's address, `no` the text of NO_PROXY. */
  readonly proxy: { readonly https: string | undefined; readonly no: string | undefined }
  /** What TLS connections trust, to the proxy and through it. */
  readonly connect: buildConnector.BuildOptions
  readonly keepAliveMs: number
}

/**
 * Calls over TLS go through the proxy where one is set and NO_PROXY does not name their address; calls to this machine
 * never do, since a proxy would read what is sent in the clear. The process's own environment is not looked at.
 * Throws `input-invalid` when the proxy's address is none.
 */
export function openOutgoing({ proxy, connect, keepAliveMs }: OutgoingSetup): Outgoing {
  const direct = new Agent({ connect, keepAliveTimeout: keepAliveMs })
  const proxied = proxy.https === undefined ? undefined : openProxy(proxy.https, { connect, keepAliveMs })
  const isDirect = readNoProxy(proxy.no)
  const dispatcherFor = (url: URL) =>
    url.protocol !== 'https:' || isDirect(url) ? direct : (proxied ?? direct)
  return {
    fetch: (url, init) => fetchBy(url, { ...init, dispatcher: dispatcherFor(new URL(url)) }),
    async [Symbol.asyncDispose]() {
      await Promise.all([direct.destroy(), proxied?.destroy()])
    },
  }
}

function openProxy(address: string, { connect, keepAliveMs }: Omit<OutgoingSetup, 'proxy'>): ProxyAgent {
  const uri = /^[a-z][a-z0-9+.-]*:\/\//i.test(address) ? address : `http://${address}`
  try {
    return new ProxyAgent({ uri, proxyTls: connect, requestTls: connect, keepAliveTimeout: keepAliveMs })
  } catch (cause) {
    // The address itself may hold a password.
    throw new Refusal('input-invalid', 'HTTPS_PROXY is not the address of a proxy', {
      hint: 'Write it as `http://proxy.example:3128`, or unset it to go without a proxy.',
      cause,
    })
  }
}

/** What callers look at of an answer, whichever `fetch` gave it. */
type Answered = Pick<Response, 'status' | 'ok' | 'headers' | 'arrayBuffer'> & {
  readonly body: (AsyncIterable<Uint8Array> & { cancel(): Promise<void> }) | null
}

const straight = new Agent()

/**
 * `fetch` for what may be on this machine: loopback is reached directly, also in a process that Node itself sends
 * through proxies (NODE_USE_ENV_PROXY); everything else as Node would.
 */
export async function fetchPastProxies(url: string, init: object): Promise<Answered> {
  if (!isLoopback(new URL(url))) return await fetch(url, init)
  return await fetchBy(url, { ...init, dispatcher: straight })
}
