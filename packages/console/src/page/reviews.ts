import type {
  answerReview,
  getReview,
  Input,
  listNearest,
  listReviews,
  Problem,
  Result,
} from '@consort/protocol'
import { addressOf } from './paths.ts'

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
  get(caseId: string, signal: AbortSignal): Promise<Reply<Review>>
  /** Labelled records like the case; refused before the first answer. */
  nearest(caseId: string, signal: AbortSignal): Promise<Reply<Nearest>>
  answer(caseId: string, body: Answering, signal: AbortSignal): Promise<Reply<Review>>
}

/** The part of `fetch` that is used. */
export type Fetch = (
  address: string,
  init: { method: string; headers: Record<string, string>; body?: string; signal: AbortSignal },
) => Promise<{ readonly ok: boolean; readonly status: number; json(): Promise<unknown> }>

const timeoutMs = 15_000

/** Calls the node that served the page, with an expert's key. */
export function openReviews(key: string, fetch: Fetch): Reviews {
  const call = async <T>(address: string, signal: AbortSignal, body?: Answering): Promise<Reply<T>> => {
    const headers: Record<string, string> = { authorization: `Bearer ${key}` }
    if (body !== undefined) headers['content-type'] = 'application/json'
    try {
      const response = await fetch(address, {
        method: body === undefined ? 'GET' : 'POST',
        headers,
        ...(body !== undefined && { body: JSON.stringify(body) }),
        signal: AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]),
      })
      const json = await response.json()
      if (response.ok) return { kind: 'ok', value: json as T }
      const problem = isProblem(json) ? json : null
      return problem === null || response.status >= 500
        ? { kind: 'away', problem }
        : { kind: 'refused', problem }
    } catch {
      return { kind: 'away', problem: null }
    }
  }
  return {
    list: signal => call(addressOf('listReviews'), signal),
    get: (caseId, signal) => call(addressOf('getReview', caseId), signal),
    nearest: (caseId, signal) => call(addressOf('listNearest', caseId), signal),
    answer: (caseId, body, signal) => call(addressOf('answerReview', caseId), signal, body),
  }
}

function isProblem(json: unknown): json is Problem {
  return typeof json === 'object' && json !== null && 'code' in json && 'detail' in json
}
