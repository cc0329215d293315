import { Refusal } from '@consort/protocol'

/** What is looked at of an answer, whichever `fetch` gave it. */
export interface HubAnswer {
  readonly status: number
  readonly headers: Pick<Headers, 'get'>
  readonly body: (AsyncIterable<Uint8Array> & { cancel(): Promise<void> }) | null
}
export type HubFetch = (
  url: string,
  init: {
    readonly method: string
    readonly headers: Record<string, string>
    readonly redirect: 'manual'
    readonly signal: AbortSignal
  },
) => Promise<HubAnswer>

export interface HubAccess {
  /** `https://huggingface.co`, or a mirror (HF_ENDPOINT). */
  readonly endpoint: string
  /** Sent to the endpoint alone (HF_TOKEN). */
  readonly token?: string | undefined
  readonly fetch: HubFetch
  readonly signal: AbortSignal
}

export interface HubCall {
  readonly method: 'GET' | 'HEAD'
  readonly path: string
  /** The first byte that is wanted. */
  readonly from?: number
  /** Ends the call when nothing comes any more. */
  readonly signal?: AbortSignal
}

const redirectsMax = 5
const isRedirect = (status: number): boolean => [301, 302, 303, 307, 308].includes(status)

/**
 * Asks the hub, and goes where it sends: files lie with other hosts. A HEAD stops at a redirect that leaves the
 * endpoint, since what the hub says of the file stands there. Throws `not-allowed`, `not-found`, `rate-limited` and
 * `unreachable`, each with the way out.
 */
export async function callHub(access: HubAccess, call: HubCall): Promise<HubAnswer> {
  const { endpoint, token, fetch } = access
  const home = new URL(endpoint)
  let url = new URL(`${endpoint.replace(/\/+$/, '')}${call.path}`)
  for (let redirects = 0; redirects <= redirectsMax; redirects++) {
    const isHome = url.origin === home.origin
    const answer = await fetch(url.href, {
      method: call.method,
      redirect: 'manual',
      signal: call.signal ?? access.signal,
      headers: {
        'accept-encoding': 'identity',
        'user-agent': 'consort',
        ...(isHome && token && { authorization: `Bearer ${token}` }),
        ...(call.from && { range: `bytes=${call.from}-` }),
      },
    }).catch(cause => {
      access.signal.throwIfAborted()
      throw unreachable(url, `cannot be reached: ${reasonOf(cause)}`, cause)
    })
    if (!isRedirect(answer.status)) {
      if (answer.status < 400 || answer.status === 416) return answer
      await answer.body?.cancel()
      throw refusalOfStatus(url, answer)
    }
    await answer.body?.cancel()
    const next = new URL(answer.headers.get('location') ?? '', url)
    if (call.method === 'HEAD' && next.origin !== url.origin) return answer
    if (next.protocol !== 'https:' && !(home.protocol === 'http:' && next.protocol === 'http:'))
      throw unreachable(url, `sends to ${next.protocol}//${next.host}, which is not encrypted`)
    url = next
  }
  throw unreachable(url, `sends on more than ${redirectsMax} times`)
}

const reasonOf = (cause: unknown): string => {
  const inner = cause instanceof Error ? (cause.cause ?? cause) : cause
  return inner instanceof Error ? inner.message : String(inner)
}

function unreachable(url: URL, why: string, cause?: unknown): Refusal {
  return new Refusal('unreachable', `${url.host} ${why}`, {
    hint: 'Try again: what is here already stays. Behind a proxy set HTTPS_PROXY, for a mirror HF_ENDPOINT.',
    cause,
  })
}

function refusalOfStatus(url: URL, { status, headers }: HubAnswer): Refusal {
  if (status === 401 || status === 403)
    return new Refusal('not-allowed', `${url.host} does not give ${url.pathname} to us (${status})`, {
      hint: 'The name may be wrong. Of a private or gated model accept the conditions, and set HF_TOKEN.',
    })
  if (status === 404)
    return new Refusal('not-found', `${url.host} has no ${url.pathname}`, {
      hint: 'Write the name as on the hub: hf:ORGANISATION/MODEL.',
    })
  const retryAfter = Number(headers.get('retry-after'))
  if (status === 429)
    return new Refusal('rate-limited', `${url.host} is asked too often`, {
      hint: 'Try again later; with HF_TOKEN more is allowed.',
      ...(retryAfter > 0 && { retryAfterSeconds: Math.ceil(retryAfter) }),
    })
  return unreachable(url, `answers ${status}`)
}
