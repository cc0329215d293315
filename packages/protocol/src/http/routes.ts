import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { Readable } from 'node:stream'
import { problemOf, Refusal } from '@consort/basics'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { z } from 'zod'
import {
  type Answer,
  type Endpoint,
  isOctetBody,
  isOctetResult,
  type OctetSource,
  type Parsed,
} from './endpoint.ts'
import { waitSecondsMax } from './paging.ts'
import { parsePart } from './parse-part.ts'
import {
  checkSupport,
  formatSupport,
  olderSide,
  parseSupport,
  versionHeader,
  type WireSupport,
} from './wire.ts'

/** Who may call, for each sort of access that a group of endpoints has. */
export type CallersOf<Group extends Record<string, Endpoint>> = {
  readonly [A in Group[keyof Group]['access']]: unknown
}

/** What a handler gets beside its input: who called, as the access of its endpoint says. */
export type Handler<E extends Endpoint, Callers extends { readonly [A in E['access']]: unknown }> = (
  input: Parsed<E> & { readonly caller: Callers[E['access']] },
) => Promise<Answer<E>> | Answer<E>

/** One handler for each endpoint of a group: a missing or misspelt one does not compile. */
export type Handlers<Group extends Record<string, Endpoint>, Callers extends CallersOf<Group>> = {
  readonly [K in keyof Group]: Handler<Group[K], Callers>
}

/** What the head of a request proves, before the body is read. */
export interface Admission<Caller> {
  /** The caller and the SHA-256 (hexadecimal) that it signed for the body, if it signed. */
  readonly caller: Caller
  readonly bodySha256: string | undefined
}

/**
 * Finds out from the head of a request who calls, for each sort of access. Throws the refusal of a caller that may not
 * use such an endpoint.
 */
export type Admitters<Callers> = {
  readonly [A in keyof Callers]: (
    request: FastifyRequest,
  ) => Promise<Admission<Callers[A]>> | Admission<Callers[A]>
}

export interface ServeOptions<Group extends Record<string, Endpoint>, Callers extends CallersOf<Group>> {
  readonly group: Group
  readonly handlers: Handlers<Group, Callers>
  readonly admit: Admitters<Callers>
  /** Goes into the `consort-nonce` header of every answer. */
  readonly issueNonce: () => string
  /** What this server speaks: goes into every answer, and callers that it cannot serve are refused. */
  readonly support?: WireSupport
  /** Where a caller finds what each call takes: the hint of a refused input. */
  readonly inputHint?: string
  /** Faults of the server's own that are answered with a refusal, such as a full disk. */
  readonly refusalOf?: (error: unknown) => Refusal | undefined
  /** The outermost layer logs what was not a refusal. */
  readonly onError: (error: unknown, request: FastifyRequest) => void
}

const hubInputHint = 'openapi.json of the hub says what each call takes.'

const jsonBytesMax = 8 * 1024 * 1024

/** Puts a group of endpoints on a Fastify server that was made for it. */
export function serveEndpoints<Group extends Record<string, Endpoint>, Callers extends CallersOf<Group>>(
  app: FastifyInstance,
  {
    group,
    handlers,
    admit,
    issueNonce,
    support,
    inputHint,
    refusalOf,
    onError,
  }: ServeOptions<Group, Callers>,
): void {
  app.removeAllContentTypeParsers()
  app.addContentTypeParser(
    'application/json',
    { parseAs: 'buffer', bodyLimit: jsonBytesMax },
    (_request, body, done) => done(null, body),
  )
  app.addContentTypeParser('application/octet-stream', (_request, payload, done) => done(null, payload))
  app.addHook('onRequest', async (request, reply) => {
    reply.header('cache-control', 'no-store')
    if (isForeign(request.routeOptions.config)) return
    reply.header('consort-nonce', issueNonce())
    if (support === undefined) return
    reply.header(versionHeader, formatSupport(support))
    checkSupport({ caller: callerSupport(request), server: support })
  })
  app.setErrorHandler((error, request, reply) => {
    const refusal = refusalOf?.(error) ?? refusalOfError(error)
    if (refusal === undefined) onError(error, request)
    return sendProblem(reply, refusal ?? error)
  })
  app.setNotFoundHandler((request, reply) =>
    sendProblem(
      reply,
      new Refusal(
        'not-found',
        `There is no ${request.method} ${request.url.split('?')[0]} here`,
        hintForNewer(request, support),
      ),
    ),
  )

  for (const name in group) mountEndpoint(app, group[name], { admit, handle: handlers[name], inputHint })
}

function mountEndpoint<E extends Endpoint, Callers extends { readonly [A in E['access']]: unknown }>(
  app: FastifyInstance,
  endpoint: E,
  {
    admit,
    handle,
    inputHint = hubInputHint,
  }: { admit: Admitters<Callers>; handle: Handler<E, Callers>; inputHint: string | undefined },
): void {
  const access: E['access'] = endpoint.access
  const admissions = new WeakMap<object, Admission<Callers[E['access']]>>()
  app.route<{ Params: unknown; Querystring: unknown }>({
    method: endpoint.method,
    url: endpoint.path,
    preParsing: async (request, _reply, payload) => {
      admissions.set(request, await admit[access](request as FastifyRequest))
      return payload
    },
    handler: async (request, reply) => {
      const admission = admissions.get(request)
      assert.ok(admission, 'preParsing has admitted the caller')
      const wait = preferredWait(endpoint, request as FastifyRequest)
      if (wait !== undefined) reply.header('preference-applied', `wait=${wait}`)
      const input = parseInput(endpoint, request as FastifyRequest, admission, { wait, hint: inputHint })
      return sendAnswer(reply, endpoint, await handle(input))
    },
  })
}

/**
 * The configuration of a route of another protocol that is put on the same server: its clients sign nothing, and each
 * nonce costs a MAC.
 */
export const foreignRoute = { isForeign: true } as const

/** Throws `input-invalid` for a header that cannot be read. */
function callerSupport({ headers }: FastifyRequest): WireSupport {
  const support = parseSupport(headers[versionHeader]?.toString())
  if (support) return support
  throw new Refusal('input-invalid', `The header ${versionHeader} cannot be read`, {
    hint: 'It looks like 0.1.0;wire=3;min=1, and may be left out: docs/protocol.md, “Versions”.',
  })
}

/** What a newer caller asks for may not be here yet. */
function hintForNewer(request: FastifyRequest, server: WireSupport | undefined): { hint?: string } {
  const caller = parseSupport(request.headers[versionHeader]?.toString())
  if (!caller || !server || olderSide({ caller, server }) !== 'server') return {}
  return { hint: `The caller is Consort ${caller.version}, this is ${server.version}: upgrade this side.` }
}

function isForeign(config: object): boolean {
  return 'isForeign' in config
}

/**
 * `Prefer: wait=10` (RFC 7240, section 4.3) is another way to say `?wait=10` to the endpoints that know it: whole
 * seconds, at most as many as a poll may take. What else a caller prefers is not taken up.
 */
function preferredWait({ query }: Endpoint, { headers, query: said }: FastifyRequest): number | undefined {
  if (headers.prefer === undefined || !(query instanceof z.ZodObject) || !('wait' in query.shape)) return
  const seconds = /(?:^|,)\s*wait\s*=\s*"?(\d{1,9})"?\s*(?=[,;]|$)/i.exec(String(headers.prefer))?.[1]
  if (seconds === undefined || 'wait' in (said as object)) return
  return Math.min(Number(seconds), waitSecondsMax)
}

/**
 * The parts of the input that the endpoint declares, each checked by its schema, and the caller; other parts are
 * undefined.
 */
function parseInput<E extends Endpoint, Caller>(
  endpoint: E,
  request: FastifyRequest,
  admission: Admission<Caller>,
  { wait, hint }: { wait: number | undefined; hint: string },
): Parsed<E> & { readonly caller: Caller } {
  const emptyBody = Buffer.alloc(0)
  const isOctets = isOctetBody(endpoint)
  const isStream = request.body !== undefined && !Buffer.isBuffer(request.body)
  if (request.body !== undefined && isStream !== isOctets) {
    throw new Refusal(
      'input-invalid',
      `Send ${isOctets ? 'application/octet-stream' : 'application/json'} here`,
    )
  }
  if (isOctets && admission.bodySha256 === undefined) {
    throw new Refusal('signature-missing', 'Octets must be signed, so that their digest is known')
  }
  const body = isOctets ? undefined : jsonBody((request.body as Buffer | undefined) ?? emptyBody, admission)
  const blank = Object.entries(request.query as object).find(([, word]) => word === '')
  if (blank) throw new Refusal('input-invalid', `query: ${blank[0]}: is empty`, { path: blank[0] })
  const parts = {
    caller: admission.caller,
    params: partOf(endpoint.params, request.params, { part: 'params', hint }),
    query: partOf(
      endpoint.query,
      { ...(request.query as object), ...(wait !== undefined && { wait }) },
      { part: 'query', hint },
    ),
    body: isOctets
      ? { digest: `sha256:${admission.bodySha256}`, stream: request.body ?? [] }
      : partOf(endpoint.body, body, { part: 'body', hint }),
  }
  // What each schema of this endpoint has just made.
  return parts as unknown as Parsed<E> & { readonly caller: Caller }
}

function jsonBody(raw: Buffer, { bodySha256 }: Admission<unknown>): unknown {
  if (bodySha256 !== undefined && createHash('sha256').update(raw).digest('hex') !== bodySha256) {
    throw new Refusal('digest-mismatch', 'The body is not the one that was signed')
  }
  if (raw.length === 0) return undefined
  try {
    return JSON.parse(raw.toString('utf8'))
  } catch {
    throw new Refusal('input-invalid', 'The body is not JSON')
  }
}

function partOf(schema: z.ZodType, value: unknown, as: { part: string; hint: string }): unknown {
  const nothing =
    value === null || (typeof value === 'object' && value !== null && Object.keys(value).length === 0)
  const said = nothing && schema.def.type === 'undefined' ? undefined : value
  return parsePart(schema, said, as)
}

/**
 * For what Fastify refuses before any route is found, such as an address that cannot be decoded: pass it as
 * `frameworkErrors` when the server is made.
 */
export function answerFrameworkError(_error: Error, request: FastifyRequest, reply: FastifyReply): void {
  const [path] = request.url.split('?')
  void sendProblem(
    reply,
    new Refusal('input-invalid', `The address cannot be read: ${path}`, {
      hint: 'A part of it is not percent-encoded UTF-8, or longer than anything that has a name here.',
    }),
  )
}

function sendAnswer(reply: FastifyReply, endpoint: Endpoint, answer: unknown): FastifyReply {
  if (isOctetResult(endpoint)) {
    reply.type('application/octet-stream')
    if (answer instanceof Uint8Array) return reply.send(answer)
    const { bytes, stream } = answer as OctetSource
    return reply.header('content-length', bytes).send(Readable.from(stream, { objectMode: false }))
  }
  if (answer === undefined) return reply.code(204).send()
  if (endpoint.isPending?.(answer)) reply.code(202)
  return reply.type('application/json').send(JSON.stringify(answer))
}

function sendProblem(reply: FastifyReply, error: unknown): FastifyReply {
  const problem = problemOf(error)
  if (problem.retryAfterSeconds !== undefined) reply.header('retry-after', problem.retryAfterSeconds)
  return reply.code(problem.status).type('application/problem+json').send(JSON.stringify(problem))
}

/** Fastify's own errors about what the client sent, as refusals. */
function refusalOfError(error: unknown): Refusal | undefined {
  if (error instanceof Refusal) return error.code === 'internal' ? undefined : error
  const code = error instanceof Error && 'code' in error ? error.code : undefined
  if (typeof code !== 'string') return undefined // a DOMException's is a number
  if (code === 'FST_ERR_CTP_BODY_TOO_LARGE')
    return new Refusal('too-large', `The body is over ${jsonBytesMax} bytes`)
  if (code === 'FST_ERR_CTP_INVALID_MEDIA_TYPE') {
    return new Refusal('input-invalid', 'Send application/json or application/octet-stream')
  }
  if (code.startsWith('FST_ERR_CTP')) return new Refusal('input-invalid', 'The body cannot be read')
  return undefined
}
