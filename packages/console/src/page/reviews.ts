import {
  addressOf,
  answerReview,
  type Endpoint,
  getReview,
  type Input,
  listNearest,
  listReviews,
  type Problem,
  problemSchema,
  type Result,
} from '@consort/protocol/browser'
import { parse } from 'zod'

export type Queue = Result<typeof listReviews>
export type Review = Result<typeof getReview>
export type Nearest = Result<typeof listNearest>
export type Answering = Input<typeof answerReview>['body']

/** `away`: the node did not answer, or is in trouble itself; the same call is worth repeating. */
export type Reply<T> =
  | { readonly kind: 'ok'; readonly value: T }
  | { readonly kind: 'refused'; readonly problem: Problem }
  | { readonly kind: 'away'; readonly problem: Problem | null }

/** What the page asks of its node. */
export interface Reviews {
  list(signal: AbortSignal): Promise<Reply<Queue>>
  get(caseId: Review['id'], signal: AbortSignal): Promise<Reply<Review>>
  /** Labelled records like the case; refused before the first answer. */
  nearest(caseId: Review['id'], signal: AbortSignal): Promise<Reply<Nearest>>
  answer(caseId: Review['id'], body: Answering, signal: AbortSignal): Promise<Reply<Review>>
}

/** The part of `fetch` that is used. */
export type Fetch = (
  address: string,
  init: { method: string; headers: Record<string, string>; body?: string; signal: AbortSignal },
) => Promise<{ readonly ok: boolean; readonly status: number; json(): Promise<unknown> }>

const timeoutMs = 15_000

/** What a call to one of these endpoints may hold. */
interface Asked {
  readonly params?: { readonly case: Review['id'] }
  readonly body?: Answering
}

/**
 * Calls the node that served the page, with an expert's key; an answer that does not fit the contract counts as none.
 */
export function openReviews(key: string, fetch: Fetch): Reviews {
  const call = async <E extends Endpoint>(
    endpoint: E,
    { params, body }: Asked,
    signal: AbortSignal,
  ): Promise<Reply<Result<E>>> => {
    const headers: Record<string, string> = { authorization: `Bearer ${key}` }
    if (body !== undefined) headers['content-type'] = 'application/json'
    const schema: E['result'] = endpoint.result
    try {
      // Relative to the page, so that it also works behind a proxy that adds a prefix.
      const response = await fetch(`.${addressOf(endpoint, { ...(params && { params }) })}`, {
        method: endpoint.method,
        headers,
        ...(body !== undefined && { body: JSON.stringify(body) }),
        signal: AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]),
      })
      const json = await response.json()
      if (response.ok) return { kind: 'ok', value: parse(schema, json) }
      const problem = problemSchema.safeParse(json).data ?? null
      return problem === null || response.status >= 500
        ? { kind: 'away', problem }
        : { kind: 'refused', problem }
    } catch {
      return { kind: 'away', problem: null }
    }
  }
  return {
    list: signal => call(listReviews, {}, signal),
    get: (id, signal) => call(getReview, { params: { case: id } }, signal),
    nearest: (id, signal) => call(listNearest, { params: { case: id } }, signal),
    answer: (id, body, signal) => call(answerReview, { params: { case: id }, body }, signal),
  }
}
