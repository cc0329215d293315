import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { open, rm } from 'node:fs/promises'
import { Refusal } from '@consort/protocol'
import { hasCode, localFiles, refusalOfFault } from '@consort/storage'
import type { OnBytes } from '../store/stage-file.ts'
import { callHub, type HubAccess } from './hub-call.ts'

export interface FileToFetch {
  /** Of the model on the hub. */
  readonly model: string
  readonly commit: string
  readonly remote: string
  /** What of it is there already is kept. */
  readonly to: string
  /** Bytes that it may have at most. */
  readonly bytesMax: number
}

/** Cuts in a row without a byte between them. */
const cutsMax = 5
/** Nothing for so long counts as a cut. */
const stallMs = 60_000

/**
 * Fetches one file; what was fetched before a cut is not fetched again. The hub says its digest beforehand: SHA-256 of
 * a large file, Git's of a small one. Throws as `callHub` does, `digest-mismatch` for other bytes, and `too-large`.
 */
export async function fetchFile(access: HubAccess, file: FileToFetch, onBytes: OnBytes): Promise<void> {
  const path = `/${file.model}/resolve/${file.commit}/${encodeURIComponent(file.remote)}`
  const expected = await expectedOf(access, path, file)
  if (expected.bytes > file.bytesMax)
    throw new Refusal('too-large', `${file.remote} has ${expected.bytes} bytes, more than is allowed`, {
      hint: 'Allow more with --limit (GiB), or take a smaller base.',
    })
  if ((await sizeOf(file.to)) > expected.bytes) await rm(file.to)
  await (await open(file.to, 'a', 0o600)).close() // an empty file is one, too
  // A server that begins anew each time gets no further than it was.
  for (let cuts = 0, furthest = await sizeOf(file.to); furthest !== expected.bytes; ) {
    const cut = await takeOn(access, path, { ...file, expected: expected.bytes }, onBytes)
    const after = await sizeOf(file.to)
    if (after === expected.bytes) break
    access.signal.throwIfAborted()
    cuts = after > furthest ? 0 : cuts + 1
    furthest = Math.max(furthest, after)
    if (cuts === cutsMax)
      throw new Refusal('unreachable', `${file.remote} was cut ${cutsMax} times, at ${after} bytes`, {
        hint: 'Repeat the command: it goes on where it stopped.',
        cause: cut,
      })
  }
  await checkDigest(file, expected)
}

interface Expected {
  readonly bytes: number
  readonly digest: string
}

async function expectedOf(
  access: HubAccess,
  path: string,
  { remote, commit }: FileToFetch,
): Promise<Expected> {
  const { headers } = await callHub(access, { method: 'HEAD', path })
  const tag = (headers.get('x-linked-etag') ?? headers.get('etag') ?? '')
    .replace(/^W\//, '')
    .replaceAll('"', '')
  const bytes = Number(headers.get('x-linked-size') ?? headers.get('content-length') ?? Number.NaN)
  const of = headers.get('x-repo-commit')
  if ((of !== null && of !== commit) || !/^([0-9a-f]{64}|[0-9a-f]{40})$/.test(tag) || !(bytes >= 0))
    throw new Refusal('digest-mismatch', `The hub does not say length and digest of ${remote}`, {
      hint: 'A mirror has to send ETag or X-Linked-Etag as huggingface.co does: set another HF_ENDPOINT.',
    })
  return { bytes, digest: tag }
}

/** Appends what is missing, as far as it comes. Returns what cut it. */
async function takeOn(
  access: HubAccess,
  path: string,
  { to, remote, expected }: FileToFetch & { readonly expected: number },
  onBytes: OnBytes,
): Promise<unknown> {
  const from = await sizeOf(to)
  const stalled = new AbortController()
  let timer = setTimeout(() => stalled.abort(), stallMs)
  const signal = AbortSignal.any([access.signal, stalled.signal])
  try {
    const { status, headers, body } = await callHub(access, { method: 'GET', path, from, signal })
    const isRest = status === 206 && headers.get('content-range')?.startsWith(`bytes ${from}-`) === true
    await using handle = await open(to, isRest ? 'a' : 'w', 0o600)
    if (status === 416) return undefined
    let length = isRest ? from : 0
    for await (const piece of body ?? []) {
      clearTimeout(timer)
      timer = setTimeout(() => stalled.abort(), stallMs)
      length += piece.length
      if (length > expected) return new Error('More came than was announced')
      await handle.appendFile(piece)
      onBytes(remote, piece.length)
    }
  } catch (error) {
    const isOurs =
      hasCode(error, 'ENOSPC', 'EDQUOT') || (error instanceof Refusal && error.code !== 'unreachable')
    if (isOurs) throw refusalOfFault('node', error) ?? error
    return error
  } finally {
    clearTimeout(timer)
  }
  return undefined
}

async function checkDigest({ to, remote }: FileToFetch, { bytes, digest }: Expected): Promise<void> {
  const isGit = digest.length === 40
  const hash = createHash(isGit ? 'sha1' : 'sha256')
  // Git names a file by its length and content (git-hash-object).
  if (isGit) hash.update(`blob ${bytes}\0`)
  for await (const piece of createReadStream(to)) hash.update(piece)
  if (hash.digest('hex') === digest) return
  await rm(to)
  throw new Refusal('digest-mismatch', `What came as ${remote} is not what the hub says it is`, {
    hint: 'Repeat the command; when it happens again, something between here and the hub changes files.',
    path: remote,
  })
}

const sizeOf = async (path: string): Promise<number> => (await localFiles.size(path)) ?? 0
