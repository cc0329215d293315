import { createHash } from 'node:crypto'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { AwsV4Signer } from 'aws4fetch'
import type { S3Place } from '../blobs/s3/s3-place.ts'

/** What goes wrong with the next requests, one each, in order. */
export type S3Fault = 'answers-503' | 'cuts' | 'damages' | 'half-a-body'

/**
 * Stands in for a server of S3 in tests: one bucket in memory, with the signatures and checksums of requests checked,
 * lists in pages of two, and faults on order.
 */
export interface S3Double extends AsyncDisposable {
  readonly place: S3Place
  readonly objects: Map<string, Uint8Array>
  /** What happens to the next requests that name an object. */
  readonly faults: S3Fault[]
}

const keys = {
  accessKeyId: 'test-key',
  secretAccessKey: 'test-secret',
  region: 'us-east-1',
  sessionToken: undefined,
}

/** Opens the double on a free port of loopback. */
export async function openS3Double(): Promise<S3Double> {
  const objects = new Map<string, Uint8Array>()
  const faults: S3Fault[] = []
  const server = createServer((request, response) => {
    answer(request, response).catch(error => {
      response.statusCode = 500
      response.end(String(error))
    })
  })
  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const parts: Buffer[] = []
    for await (const part of request) parts.push(part)
    const body = Buffer.concat(parts)
    const url = new URL(request.url!, `http://${request.headers.host}`)
    const [, bucket, ...path] = url.pathname.split('/')
    const key = path.join('/')
    const refuse = (status: number, code: string): void => {
      response.statusCode = status
      response.end(request.method === 'HEAD' ? undefined : `<Error><Code>${code}</Code></Error>`)
    }
    if (!(await isSigned(request, url, body))) return refuse(403, 'SignatureDoesNotMatch')
    if (bucket !== 'bucket') return refuse(404, 'NoSuchBucket')
    if (key === '') return void response.end(listOf(objects, url.searchParams))
    const fault = faults.shift()
    if (fault === 'answers-503') return refuse(503, 'SlowDown')
    if (fault === 'cuts') return void response.destroy()
    if (request.method === 'PUT') {
      const came = fault === 'damages' ? damaged(body) : body
      const hash = createHash('sha256').update(came)
      if (hash.copy().digest('hex') !== request.headers['x-amz-content-sha256']) {
        return refuse(400, 'XAmzContentSHA256Mismatch')
      }
      if (hash.digest('base64') !== request.headers['x-amz-checksum-sha256']) return refuse(400, 'BadDigest')
      objects.set(key, came)
      return void response.end()
    }
    if (request.method === 'DELETE') {
      objects.delete(key)
      response.statusCode = 204
      return void response.end()
    }
    const found = objects.get(key)
    if (!found) return refuse(404, 'NoSuchKey')
    response.setHeader('content-length', found.length)
    if (request.method === 'HEAD') return void response.end()
    if (fault !== 'half-a-body') return void response.end(fault === 'damages' ? damaged(found) : found)
    response.write(found.subarray(0, found.length >> 1), () => response.destroy())
  }
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  return {
    place: { url: `http://127.0.0.1:${port}/bucket/consort`, ...keys },
    objects,
    faults,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      await new Promise(resolve => server.close(resolve))
    },
  }
}

async function isSigned({ method, headers }: IncomingMessage, url: URL, body: Buffer): Promise<boolean> {
  const signed = /SignedHeaders=([^,]+)/.exec(headers.authorization ?? '')?.[1]?.split(';') ?? []
  const shown = signed
    .filter(name => name !== 'host')
    .map(name => [name, String(headers[name])] as [string, string])
  const signer = new AwsV4Signer({
    method: method!,
    url: url.href,
    headers: shown,
    body,
    ...keys,
    sessionToken: undefined as never,
    service: 's3',
    datetime: String(headers['x-amz-date']),
    allHeaders: true,
  })
  return (await signer.authHeader()) === headers.authorization
}

function damaged(bytes: Uint8Array): Uint8Array {
  return bytes.map((byte, index) => (index === 0 ? byte ^ 1 : byte))
}

/** ListObjectsV2, two keys or folders a page. */
function listOf(objects: ReadonlyMap<string, Uint8Array>, query: URLSearchParams): string {
  const prefix = query.get('prefix') ?? ''
  const delimiter = query.get('delimiter')
  const below = [...objects.keys()].filter(key => key.startsWith(prefix)).sort()
  const named = below.map(key => {
    const end = delimiter ? key.indexOf(delimiter, prefix.length) : -1
    return end < 0 ? key : key.slice(0, end + 1)
  })
  const after = query.get('continuation-token')?.replace(/^&/, '') ?? ''
  const names = [...new Set(named)].filter(name => name > after)
  const page = names.slice(0, 2)
  const more = names.length > 2 ? `<NextContinuationToken>&amp;${page[1]}</NextContinuationToken>` : ''
  const items = page.map(name =>
    delimiter
      ? `<CommonPrefixes><Prefix>${name}</Prefix></CommonPrefixes>`
      : `<Contents><Key>${name}</Key></Contents>`,
  )
  return `<ListBucketResult><Prefix>${prefix}</Prefix>${more}${items.join('')}</ListBucketResult>`
}
