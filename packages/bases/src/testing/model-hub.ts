import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { Files } from './tiny-bases.ts'

export interface Heard {
  readonly host: 'hub' | 'store'
  readonly method: string
  readonly path: string
  readonly range: string | undefined
  readonly authorization: string | undefined
}

export interface ModelHub extends AsyncDisposable {
  readonly endpoint: string
  readonly heard: Heard[]
  /** Sends other bytes than it announces. */
  spoil(name: string): void
  /** Ends the next answers with this file after so many bytes. */
  cut(name: string, bytes: number, times: number): void
}

export interface HubContent {
  /** What `main` is. */
  readonly commit?: string
  readonly token?: string
  /** Files as the list says; those that are served unless it says otherwise. */
  readonly listed?: readonly { readonly rfilename: string; readonly size?: number }[]
}

const defaultCommit = '0123456789abcdef0123456789abcdef01234567'

/**
 * Speaks as huggingface.co does: the list of a revision; small files from the hub itself with Git's digest as ETag;
 * safetensors and GGUF by a redirect to a store on another port, their SHA-256 in X-Linked-Etag, in ranges.
 */
export async function openModelHub(model: string, files: Files, content: HubContent = {}): Promise<ModelHub> {
  const { commit = defaultCommit, token } = content
  const bytesOf = new Map(Object.entries(files).map(([name, of]) => [name, Buffer.from(of)]))
  const heard: Heard[] = []
  const spoilt = new Set<string>()
  const cuts = new Map<string, { bytes: number; times: number }>()
  const isLarge = (name: string): boolean => /\.(safetensors|gguf)$/.test(name)
  const listed =
    content.listed ?? [...bytesOf].map(([rfilename, { length }]) => ({ rfilename, size: length }))

  const store = createServer((request, response) => {
    heard.push(noted('store', request))
    send(request, response, decodeURIComponent(request.url!.slice(1)))
  })
  const send = (request: IncomingMessage, response: ServerResponse, name: string): void => {
    const whole = bytesOf.get(name)!
    const sent = spoilt.has(name) ? Buffer.from(whole.map(byte => byte ^ 1)) : whole
    const from = Number(/^bytes=(\d+)-$/.exec(request.headers.range ?? '')?.[1] ?? 0)
    if (from >= sent.length && from > 0) return void response.writeHead(416).end()
    const rest = sent.subarray(from)
    const range = { 'content-range': `bytes ${from}-${sent.length - 1}/${sent.length}` }
    response.writeHead(from > 0 ? 206 : 200, { 'content-length': rest.length, ...(from > 0 && range) })
    const cut = cuts.get(name)
    if (!cut || cut.times === 0) return void response.end(rest)
    cut.times--
    response.write(rest.subarray(0, cut.bytes), () => response.destroy())
  }

  const hub = createServer((request, response) => {
    heard.push(noted('hub', request))
    const path = request.url!.split('?')[0]!
    if (token && request.headers.authorization !== `Bearer ${token}`)
      return void response.writeHead(401).end()
    if (path === `/api/models/${model}/revision/main`)
      return void response.end(JSON.stringify({ id: model, sha: commit, siblings: listed, tags: [] }))
    const name = decodeURIComponent(path.slice(`/${model}/resolve/${commit}/`.length))
    const bytes = path.startsWith(`/${model}/resolve/${commit}/`) ? bytesOf.get(name) : undefined
    if (!bytes) return void response.writeHead(404).end()
    response.setHeader('x-repo-commit', commit)
    if (isLarge(name)) {
      const digest = createHash('sha256').update(bytes).digest('hex')
      const linked = { 'x-linked-size': bytes.length, 'x-linked-etag': `"${digest}"`, etag: '"another"' }
      return void response.writeHead(302, { ...linked, location: `${addressOf(store)}/${name}` }).end()
    }
    response.setHeader('etag', `W/"${gitDigest(bytes)}"`)
    if (request.method === 'HEAD')
      return void response.writeHead(200, { 'content-length': bytes.length }).end()
    send(request, response, name)
  })
  for (const server of [hub, store]) await once(server.listen(0, '127.0.0.1'), 'listening')
  return {
    endpoint: addressOf(hub),
    heard,
    spoil: name => void spoilt.add(name),
    cut: (name, bytes, times) => void cuts.set(name, { bytes, times }),
    async [Symbol.asyncDispose]() {
      for (const server of [hub, store]) {
        server.closeAllConnections()
        server.close()
      }
    },
  }
}

const gitDigest = (bytes: Buffer): string =>
  createHash('sha1').update(`blob ${bytes.length}\0`).update(bytes).digest('hex')

function noted(host: Heard['host'], { method = '', url = '', headers }: IncomingMessage): Heard {
  return { host, method, path: url, range: headers.range, authorization: headers.authorization }
}

function addressOf(server: Server): string {
  const address = server.address()
  return typeof address === 'object' && address ? `http://127.0.0.1:${address.port}` : ''
}
