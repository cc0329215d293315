import { createHash } from 'node:crypto'
import { dirname, join } from 'node:path'
import { type Digest, Refusal } from '@consort/protocol'
import { makeDirectoryDurably, temporarySuffix, writeDurably } from '../files/durable-write.ts'
import type { FileSystem } from '../files/file-system.ts'
import type { BlobStore, ExpectedBlob } from './blob-store.ts'

/** Blobs as files, one directory a scope. */
export function openLocalBlobs(files: FileSystem, root: string): BlobStore {
  const directoryOf = (scope: string): string => {
    if (!/^[A-Za-z0-9_-]{1,100}$/.test(scope)) throw new TypeError(`${scope} cannot name a scope`)
    return join(root, scope)
  }
  const pathOf = (scope: string, digest: Digest): string =>
    join(directoryOf(scope), digest.slice('sha256:'.length))

  const sizeOf = async (scope: string, digest: Digest): Promise<number> => {
    const bytes = await files.size(pathOf(scope, digest))
    if (bytes === undefined) throw new Refusal('not-found', `There is no ${digest} here`)
    return bytes
  }

  // One that is there may have been made by a put that was cut: it counts once its own name was synced from here.
  const settled = new Set<string>()
  const settle = async (directory: string): Promise<void> => {
    if (settled.has(directory)) return
    if (directory !== root) await settle(root)
    await makeDirectoryDurably(files, directory)
    await files.syncDirectory(dirname(directory))
    settled.add(directory)
  }

  return {
    async put(scope, expected, source) {
      const path = pathOf(scope, expected.digest)
      await settle(directoryOf(scope))
      if ((await files.size(path)) === expected.bytes) {
        await drain(source)
        // Who put it first may have been cut before that; and the scope may have been removed while we read.
        return await files.syncDirectory(directoryOf(scope)).catch(error => {
          if (!isGone(error)) throw error
          throw new Refusal('not-found', `${scope} was removed while this was sent`, { cause: error })
        })
      }
      const checked = checkedStream(expected, source)
      await writeDurably(files, path, checked.stream, checked.finish)
    },
    async get(scope, digest, into) {
      await sizeOf(scope, digest)
      return await files.read(pathOf(scope, digest), into)
    },
    async open(scope, digest) {
      const bytes = await sizeOf(scope, digest)
      return { bytes, stream: files.stream(pathOf(scope, digest)) }
    },
    has: async (scope, digest) => (await files.size(pathOf(scope, digest))) !== undefined,
    size: async (scope, digest) => await files.size(pathOf(scope, digest)),
    async list(scope) {
      const names = await files.list(directoryOf(scope))
      return names
        .filter(name => /^[0-9a-f]{64}$/.test(name))
        .map((name): Digest => `sha256:${name}`)
        .sort()
    },
    remove: (scope, digest) => files.remove(pathOf(scope, digest)),
    async removeScope(scope) {
      settled.delete(directoryOf(scope))
      await files.remove(directoryOf(scope))
    },
    async scopes() {
      const names = await files.list(root)
      return names.filter(name => !name.endsWith(temporarySuffix)).sort()
    },
  }
}

/** A body has to be read to its end even when it is not needed, or the connection could not be used again. */
async function drain(source: Uint8Array | AsyncIterable<Uint8Array>): Promise<void> {
  if (source instanceof Uint8Array) return
  for await (const _ of source);
}

function checkedStream({ digest, bytes }: ExpectedBlob, source: Uint8Array | AsyncIterable<Uint8Array>) {
  const hash = createHash('sha256')
  let seen = 0
  async function* stream(): AsyncGenerator<Uint8Array> {
    for await (const part of source instanceof Uint8Array ? [source] : source) {
      seen += part.length
      if (seen > bytes) {
        throw new Refusal('too-large', `More than the ${bytes} bytes that were announced`, {
          hint: 'Announce the update again.',
        })
      }
      hash.update(part)
      yield part
    }
  }
  const finish = (): void => {
    if (seen < bytes || `sha256:${hash.digest('hex')}` !== digest) {
      throw new Refusal(
        'digest-mismatch',
        `${seen} bytes arrived that are not the ${bytes} bytes of ${digest}`,
        {
          hint: 'They were damaged or cut on the way; send them again.',
        },
      )
    }
  }
  return { stream: stream(), finish }
}

function isGone(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ENOENT'
}
