import { dirname, join } from 'node:path'
import { type Digest, Refusal } from '@consort/protocol'
import { makeDirectoryDurably, temporarySuffix, writeDurably } from '../files/durable-write.ts'
import { hasCode } from '../files/error-code.ts'
import type { FileSystem } from '../files/file-system.ts'
import { type BlobStore, checkedScope } from './blob-store.ts'
import { checkedStream, drain } from './checked-stream.ts'

/** Blobs as files, one directory a scope. */
export function openLocalBlobs(files: FileSystem, root: string): BlobStore {
  const directoryOf = (scope: string): string => join(root, checkedScope(scope))
  const pathOf = (scope: string, digest: Digest): string =>
    join(directoryOf(scope), digest.slice('sha256:'.length))

  const sizeOf = async (scope: string, digest: Digest): Promise<number> => {
    const bytes = await files.size(pathOf(scope, digest))
    if (bytes === undefined) throw absent(digest)
    return bytes
  }

  // One that is there may have been made by a put that was cut: it counts once its own name was synced from here.
  const settled = new Set<string>()
  const settle = async (directory: string): Promise<void> => {
    if (settled.has(directory)) return
    if (directory !== root) await settle(root)
    if (!(await makeDirectoryDurably(files, directory))) await files.syncDirectory(dirname(directory))
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
          if (!hasCode(error, 'ENOENT')) throw error
          throw new Refusal('not-found', `${scope} was removed while this was sent`, { cause: error })
        })
      }
      const checked = checkedStream(expected, source)
      await writeDurably(files, path, checked.stream, checked.finish)
    },
    async get(scope, digest, into) {
      return await files.read(pathOf(scope, digest), into).catch(error => {
        throw hasCode(error, 'ENOENT') ? absent(digest) : error
      })
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

function absent(digest: Digest): Refusal {
  return new Refusal('not-found', `There is no ${digest} here`)
}
