import type { RefusalCode } from '@consort/basics'
import { z } from 'zod'

/**
 * Who may call: `public` anyone; `keyholder` whoever proves to hold the key it names; `member` a node on the roster;
 * `operator` whoever runs this process; `reader` a member or the operator; `application` and `expert` whoever was given
 * a key of that sort by a node's operator, and the operator.
 */
export type Access = 'public' | 'keyholder' | 'member' | 'operator' | 'reader' | 'application' | 'expert'

/** One HTTP operation, described as data. Server, client and OpenAPI file are made from it. */
export interface Endpoint<
  Params extends z.ZodType = z.ZodType,
  Query extends z.ZodType = z.ZodType,
  Body extends z.ZodType = z.ZodType,
  Result extends z.ZodType = z.ZodType,
  Who extends Access = Access,
> {
  readonly method: 'GET' | 'POST' | 'PUT'
  readonly path: string
  readonly summary: string
  /** The type of a handler's caller follows from it. */
  readonly access: Who
  readonly params: Params
  readonly query: Query
  readonly body: Body
  readonly result: Result
  /** Refusals a caller should expect, beside those that any call may get. */
  readonly errors: readonly RefusalCode[]
  /** Whether an answer only promises the real one for later: it is sent as 202 instead of 200. */
  readonly isPending: ((answer: z.input<Result>) => boolean) | undefined
}

/** Octets that a server reads as they come; `digest` is what the caller signed for, to be checked by the reader. */
export interface OctetStream {
  readonly digest: string
  readonly stream: AsyncIterable<Uint8Array>
}

/** A body of plain octets: the caller passes bytes, the handler gets a stream. */
export const octetBody = z.transform((_: Uint8Array): OctetStream => {
  throw new TypeError('a server passes octets on as they come and parses none')
})

/** Tells whether the body is plain octets. */
export function isOctetBody({ body }: Pick<Endpoint, 'body'>): boolean {
  return body === octetBody
}

/** Octets that a server sends as they come from where they lie, so that it need not hold them all. */
export interface OctetSource {
  readonly bytes: number
  readonly stream: AsyncIterable<Uint8Array>
}

/** A result of plain octets: the handler returns bytes or where they come from, the caller gets bytes. */
export const octetResult = z.transform((octets: Uint8Array | OctetSource, { issues }): Uint8Array => {
  if (octets instanceof Uint8Array) return octets
  issues.push({ code: 'custom', message: 'no octets', input: octets })
  return z.NEVER
})

/** Tells whether the result is plain octets. */
export function isOctetResult({ result }: Pick<Endpoint, 'result'>): boolean {
  return result === octetResult
}

const none = z.undefined()

/** What an endpoint is made from; the parts that it has not are left out. */
interface EndpointSpec {
  readonly method: Endpoint['method']
  readonly path: string
  readonly summary: string
  readonly access: Access
  readonly params?: z.ZodType
  readonly query?: z.ZodType
  readonly body?: z.ZodType
  readonly result?: z.ZodType
  readonly errors?: readonly RefusalCode[]
  readonly isPending?: Endpoint['isPending']
}

/** Describes one operation: what is left out of `params`, `query`, `body` and `result` is nothing. */
export function endpoint<
  const Who extends Access,
  Params extends z.ZodType = z.ZodUndefined,
  Query extends z.ZodType = z.ZodUndefined,
  Body extends z.ZodType = z.ZodUndefined,
  Result extends z.ZodType = z.ZodUndefined,
>(spec: {
  method: Endpoint['method']
  path: string
  summary: string
  access: Who
  params?: Params
  query?: Query
  body?: Body
  result?: Result
  errors?: readonly RefusalCode[]
  isPending?: (answer: z.input<Result>) => boolean
}): Endpoint<Params, Query, Body, Result, Who>
// The types of the parts that are left out follow from the defaults above: `ZodUndefined`, which is `none`.
export function endpoint(spec: EndpointSpec): Endpoint {
  const { method, path, summary, access, errors = [], isPending } = spec
  const { params = none, query = none, body = none, result = none } = spec
  return { method, path, summary, access, errors, isPending, params, query, body, result }
}

type Part<K extends string, T> = [T] extends [undefined] ? unknown : { [P in K]: T }

/** A query of which everything may be left out may be left out as a whole. */
type QueryPart<T> = [T] extends [undefined] ? unknown : Partial<T> extends T ? { query?: T } : { query: T }

/** What a caller passes: only the parts that the endpoint declares. */
export type Input<E extends Endpoint> = Part<'params', z.input<E['params']>> &
  QueryPart<z.input<E['query']>> &
  Part<'body', z.input<E['body']>>

/** What a handler receives: the same parts, checked. */
export type Parsed<E extends Endpoint> = Part<'params', z.output<E['params']>> &
  Part<'query', z.output<E['query']>> &
  Part<'body', z.output<E['body']>>

/** What a handler returns. */
export type Answer<E extends Endpoint> = z.input<E['result']>

/** What a caller receives. */
export type Result<E extends Endpoint> = z.output<E['result']>
