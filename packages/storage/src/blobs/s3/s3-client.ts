import { Refusal } from '@consort/protocol'
import { AwsClient } from 'aws4fetch'
import type { S3Place } from './s3-place.ts'

/** How long one request may take, in milliseconds; a chunk has a few MB. */
const requestMs = 60_000

/** How often a request is repeated that the store could not serve (429, 5xx) or that got no answer. */
const attemptsMax = 5

export interface S3Request {
  readonly method: 'GET' | 'HEAD' | 'PUT' | 'DELETE'
  /** Below the bucket and its folder. */
  readonly key?: string
  readonly query?: Readonly<Record<string, string>>
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: Uint8Array<ArrayBuffer>
}

/** Sends signed requests to one bucket. */
export interface S3Client {
  /** The name of the folder in the bucket, with a slash at its end; empty for the whole bucket. */
  readonly folder: string
  /** An answer of 200 to 299, or 404. Throws `busy` when the store stays away, an `Error` for any other answer. */
  send(request: S3Request): Promise<Response>
  /** The same for requests about the bucket itself. */
  sendToBucket(request: S3Request): Promise<Response>
}

/** Makes a client; nothing is sent before the first request. `pauseMs` is the first pause before a repetition. */
export function createS3Client(place: S3Place, { pauseMs = 100 }: { pauseMs?: number } = {}): S3Client {
  const { url, sessionToken, ...keys } = place
  const client = new AwsClient({ ...keys, ...(sessionToken && { sessionToken }), service: 's3', retries: 0 })
  const { origin, pathname } = new URL(url)
  const [, bucket = '', ...folders] = pathname.split('/')
  const folder = folders.map(name => `${name}/`).join('')

  const attempt = async (address: string, { method, query, headers, body }: S3Request): Promise<Response> => {
    const target = new URL(address)
    for (const [name, value] of Object.entries(query ?? {})) target.searchParams.set(name, value)
    const signal = AbortSignal.timeout(requestMs)
    return await client.fetch(target.href, {
      method,
      signal,
      ...(headers && { headers }),
      ...(body && { body }),
    })
  }
  const sendTo = async (address: string, request: S3Request): Promise<Response> => {
    for (let attempts = 1; ; attempts++) {
      const answer = await attempt(address, request).catch((error: unknown) => error)
      if (answer instanceof Response && (answer.ok || answer.status === 404)) return answer
      const code = answer instanceof Response ? await codeOf(answer) : undefined
      if (answer instanceof Response && !isPassing(answer, code)) {
        throw new Error(`the store of blobs answered ${request.method} with ${answer.status}: ${code}`)
      }
      if (attempts === attemptsMax) throw away(answer)
      await new Promise(resolve => setTimeout(resolve, pauseMs * 2 ** (attempts - 1)))
    }
  }
  return {
    folder,
    send: request => sendTo(`${origin}/${bucket}/${folder}${request.key ?? ''}`, request),
    sendToBucket: request => sendTo(`${origin}/${bucket}`, request),
  }
}

function away(answer: unknown): Refusal {
  const how = answer instanceof Response ? `answers with ${answer.status}` : 'does not answer'
  return new Refusal('busy', `The store of blobs ${how}`, {
    hint: 'Try again; what was acknowledged is safe.',
    retryAfterSeconds: 5,
    cause: answer,
  })
}

/** The code that an error of S3 has, such as `AccessDenied`; never its whole text. */
async function codeOf(answer: Response): Promise<string> {
  return /<Code>(\w{1,100})<\/Code>/.exec(await answer.text().catch(() => ''))?.[1] ?? 'no code'
}

/** Tells whether the same request may do better: the store was busy, or the body was damaged or cut on the way. */
function isPassing({ status }: Response, code: string | undefined): boolean {
  return status === 429 || status >= 500 || damagedOnTheWay.has(code ?? '')
}

const damagedOnTheWay: ReadonlySet<string> = new Set([
  'BadDigest',
  'IncompleteBody',
  'RequestTimeout',
  'XAmzContentSHA256Mismatch',
])
