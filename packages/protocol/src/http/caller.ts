import { isRefusal, Refusal, refusalOf } from '@consort/basics'
import { z } from 'zod'
import type { KeyPair } from '../keys.ts'
import { type AddressParts, addressOf } from './address.ts'
import { type Endpoint, type Input, isOctetBody, isOctetResult, type Result } from './endpoint.ts'
import { noncePattern, signRequest } from './request-signature.ts'
import {
  checkSupport,
  formatSupport,
  newerServer,
  parseSupport,
  versionHeader,
  type WireSupport,
} from './wire.ts'

export interface CallOptions {
  signal?: AbortSignal
  /** Gives up after so long; a long poll passes its own. */
  timeoutMs?: number
  /** Refuses an answer of more octets with `too-large`, without reading on. */
  bytesMax?: number
}

/** Calls endpoints of one server by value: `call(getRun, { params: { run } })`. */
export type Caller = <E extends Endpoint>(
  endpoint: E,
  ...rest: Record<never, never> extends Input<E>
    ? [input?: Input<E>, options?: CallOptions]
    : [input: Input<E>, options?: CallOptions]
) => Promise<Result<E>>

/** The part of `fetch` that is used, so that a proxy-aware one can be passed. */
export type Fetch = (
  url: string,
  init: {
    method: string
    headers: Record<string, string>
    body?: Uint8Array
    signal: AbortSignal
    redirect: 'error'
  },
) => Promise<Answered>

type Answered = Pick<Response, 'status' | 'ok' | 'headers' | 'arrayBuffer'> & {
  readonly body: AsyncIterable<Uint8Array> | null
}

export interface CallerSetup {
  /** Origin and path prefix, e.g. `https://hub.example:8443`. */
  readonly base: string
  readonly fetch: Fetch
  /** Signs every call when given. */
  readonly key?: KeyPair
  /** Milliseconds since 1970. */
  readonly nowMs: () => number
  /** What this side speaks, to be said with every call; a caller that does not say counts as wire 1. */
  readonly support?: WireSupport
  /** Told with every answer what the server speaks. */
  readonly onServer?: (support: WireSupport) => void
}

const nonceHeader = 'consort-nonce'
const noncesKept = 8
const defaultTimeoutMs = 30_000

/**
 * Throws the `Refusal` that the server answered with, `unreachable` when there was no answer, or
 * `version-unsupported` when the server is too old for this side, or newer and answers in a form that this side does
 * not know.
 */
export function createCaller({ base, fetch, key, nowMs, support, onServer }: CallerSetup): Caller {
  const nonces: string[] = []
  const prefix = base.replace(/\/+$/, '')
  const said = support && { [versionHeader]: formatSupport(support) }

  const send = async (request: Prepared, options: CallOptions): Promise<Reply> => {
    const nonce = key && (nonces.shift() ?? (await freshNonce(options)))
    const signature =
      key && signRequest({ ...request, nonce: nonce!, created: Math.floor(nowMs() / 1000) }, key)
    const reply = await exchange({ ...request, headers: { ...request.headers, ...signature } }, options)
    if (reply.nonce !== undefined && nonces.length < noncesKept) nonces.push(reply.nonce)
    return reply
  }

  const exchange = async (
    request: Prepared,
    { signal, timeoutMs = defaultTimeoutMs, bytesMax }: CallOptions,
  ): Promise<Reply> => {
    const timeout = AbortSignal.timeout(timeoutMs)
    try {
      const response = await fetch(request.targetUri, {
        method: request.method,
        headers: { ...said, ...request.headers },
        ...(request.body.length > 0 && { body: request.body }),
        signal: signal ? AbortSignal.any([signal, timeout]) : timeout,
        redirect: 'error',
      })
      const bytes = await bytesOf(response, bytesMax)
      const nonce = response.headers.get(nonceHeader) ?? ''
      return {
        status: response.status,
        ok: response.ok,
        type: response.headers.get('content-type') ?? '',
        bytes,
        server: parseSupport(response.headers.get(versionHeader) ?? undefined),
        ...(noncePattern.test(nonce) && { nonce }),
      }
    } catch (cause) {
      if (signal?.aborted) throw signal.reason
      if (isRefusal(cause, 'too-large')) throw cause
      throw new Refusal(
        'unreachable',
        `No answer from ${new URL(request.targetUri).origin} (${reasonOf(cause)})`,
        {
          hint: 'Is it running, is the address right, does a proxy or firewall stand between? `consort doctor` looks.',
          cause,
        },
      )
    }
  }

  const freshNonce = async (options: CallOptions): Promise<string> => {
    const request = { method: 'GET', targetUri: `${prefix}/v1/nonce`, headers: {}, body: noBody }
    const { nonce } = await exchange(request, options)
    if (nonce === undefined)
      throw new Refusal('unreachable', `${prefix} gives no nonce: it is not a Consort server`)
    return nonce
  }

  return async (endpoint, ...[input, options = {}]) => {
    const request = prepare(prefix, endpoint, (input ?? {}) as Parts)
    let reply = await send(request, options)
    for (let attempt = 1; attempt < 3 && isStaleNonce(reply); attempt++) {
      nonces.splice(0, nonces.length, ...(reply.nonce === undefined ? [] : [reply.nonce]))
      reply = await send(request, options)
    }
    meetServer(reply, { support, onServer })
    return resultOf(endpoint, reply, support)
  }
}

/**
 * The same caller with other options: `change` is given those of each call, before it is made; `onEnd` is told when it
 * has ended.
 */
export function withOptions(
  call: Caller,
  change: (options: CallOptions) => CallOptions,
  onEnd = () => {},
): Caller {
  // Only whoever knows the endpoint can tell whether it has an input; here it is passed on as it came.
  return ((endpoint, input, options = {}) =>
    call(endpoint, input as never, change(options)).finally(onEnd)) as Caller
}

/** What `Input` says of an endpoint's own parts, for any endpoint. */
interface Parts extends AddressParts {
  readonly body?: unknown
}
interface Prepared {
  readonly method: string
  readonly targetUri: string
  readonly headers: Record<string, string>
  readonly body: Uint8Array
}
interface Reply {
  readonly status: number
  readonly ok: boolean
  readonly type: string
  readonly bytes: Uint8Array
  /** Undefined where the header cannot be read. */
  readonly server: WireSupport | undefined
  readonly nonce?: string
}

/**
 * Only a Consort server gives nonces: what stands between says nothing about its version. Throws
 * `version-unsupported`.
 */
function meetServer(
  { nonce, server }: Reply,
  {
    support,
    onServer,
  }: { support: CallerSetup['support'] | undefined; onServer: CallerSetup['onServer'] | undefined },
): void {
  if (nonce === undefined || server === undefined) return
  onServer?.(server)
  if (support) checkSupport({ caller: support, server })
}

async function bytesOf(response: Answered, bytesMax: number | undefined): Promise<Uint8Array> {
  if (bytesMax === undefined) return new Uint8Array(await response.arrayBuffer())
  const parts: Uint8Array[] = []
  let bytes = 0
  for await (const part of response.body ?? []) {
    bytes += part.length
    if (bytes > bytesMax) throw new Refusal('too-large', `The answer has more than ${bytesMax} octets`)
    parts.push(part)
  }
  return Buffer.concat(parts)
}

const noBody = new Uint8Array()

function prepare(prefix: string, endpoint: Endpoint, parts: Parts): Prepared {
  const url = new URL(prefix + addressOf(endpoint, parts))
  const { method } = endpoint
  if (parts.body === undefined) return { method, targetUri: url.href, headers: {}, body: noBody }
  if (isOctetBody(endpoint)) {
    if (!(parts.body instanceof Uint8Array)) throw new TypeError(`${endpoint.path} takes octets`)
    const headers = { 'content-type': 'application/octet-stream' }
    return { method, targetUri: url.href, headers, body: parts.body }
  }
  return {
    method,
    targetUri: url.href,
    headers: { 'content-type': 'application/json' },
    body: Buffer.from(JSON.stringify(parts.body)),
  }
}

function isStaleNonce(reply: Reply): boolean {
  return reply.status === 401 && refusalOf(reply.status, jsonOf(reply)).code === 'nonce-unknown'
}

function resultOf<E extends Endpoint>(
  endpoint: E,
  reply: Reply,
  support: CallerSetup['support'] | undefined,
): Result<E> {
  if (!reply.ok) throw refusalOf(reply.status, jsonOf(reply))
  const schema: E['result'] = endpoint.result
  const parsed = z.safeParse(schema, contentOf(endpoint, reply))
  if (parsed.success) return parsed.data
  const what = `The answer to ${endpoint.method} ${endpoint.path}`
  // Only a Consort server gives nonces: another one's word about its version counts for nothing.
  if (support && reply.server && reply.nonce !== undefined) {
    const refusal = newerServer(what, { caller: support, server: reply.server }, parsed.error)
    if (refusal) throw refusal
  }
  throw new Refusal('unreachable', `${what} is not in the agreed form`, {
    hint: 'The two sides may run different versions of Consort, or a proxy answered; `consort doctor` looks.',
    cause: parsed.error,
  })
}

/** What the reply holds, in whichever of the three forms the endpoint answers: octets, nothing, JSON. */
function contentOf(endpoint: Endpoint, reply: Reply): unknown {
  const isOctets = reply.type.startsWith('application/octet-stream')
  if (isOctetResult(endpoint)) return isOctets ? reply.bytes : undefined
  if (endpoint.result.def.type === 'undefined') return reply.status === 204 ? undefined : null
  return jsonOf(reply)
}

function jsonOf(reply: Reply): unknown {
  try {
    return JSON.parse(Buffer.from(reply.bytes).toString('utf8'))
  } catch {
    return undefined
  }
}

function reasonOf(cause: unknown): string {
  const inner = cause instanceof Error && cause.cause instanceof Error ? cause.cause : cause
  if (!(inner instanceof Error)) return String(inner)
  const code = 'code' in inner ? inner.code : undefined // a DOMException's is a number
  return typeof code === 'string' ? code : inner.message || inner.name
}
