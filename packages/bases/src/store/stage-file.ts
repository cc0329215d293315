import { createHash } from 'node:crypto'
import { type FileHandle, link } from 'node:fs/promises'
import { join } from 'node:path'
import { type Digest, Refusal } from '@consort/protocol'
import { type FileSystem, writeDurably } from '@consort/storage'
import { openPlain } from '../weights/open-weights-file.ts'
import type { KeptFile } from './base-record.ts'

/** A file that becomes one of a base's, under a name of the known ones. */
export interface SourceFile {
  readonly name: string
  readonly path: string
}

/** Told of each piece that was copied or checked: how long it takes is the operator's to see. */
export type OnBytes = (name: string, bytes: number) => void

/** Where the files of a base come together before it has its name. */
export interface Staging {
  readonly folder: string
  readonly files: FileSystem
  readonly onBytes: OnBytes
}

/**
 * Copies a file into a folder and syncs it, and takes its digest from the bytes on their way. It is a copy and no link,
 * so that nobody who rewrites the file changes the base. Throws `data-changed` when the file changes meanwhile.
 */
export async function copyFile({ folder, files, onBytes }: Staging, source: SourceFile): Promise<KeptFile> {
  const handle = await openPlain(source.path)
  try {
    const before = await stampOf(handle)
    const hashed = hashedPieces(handle, bytes => onBytes(source.name, bytes))
    await writeDurably(files, join(folder, source.name), hashed.pieces)
    if ((await stampOf(handle)) !== before || hashed.bytes() !== (await handle.stat()).size)
      throw new Refusal('data-changed', `${source.name} changed while it was added`, {
        hint: 'Wait until whatever writes it has ended, and add the base again.',
        path: source.name,
      })
    return { name: source.name, bytes: hashed.bytes(), sha256: hashed.digest() }
  } finally {
    await handle.close()
  }
}

/** Takes a file that is the store's own already, without a copy of its bytes where the file system can. */
export async function linkFile(staging: Staging, source: SourceFile): Promise<KeptFile> {
  const { folder, onBytes } = staging
  const to = join(folder, source.name)
  try {
    await link(source.path, to)
  } catch {
    return await copyFile(staging, source)
  }
  const handle = await openPlain(to)
  try {
    await handle.sync()
  } finally {
    await handle.close()
  }
  return { name: source.name, ...(await digestOfFile(to, bytes => onBytes(source.name, bytes))) }
}

/** Length and digest of a file, read in pieces. */
export async function digestOfFile(
  path: string,
  onBytes: (bytes: number) => void = () => {},
): Promise<Pick<KeptFile, 'bytes' | 'sha256'>> {
  const handle = await openPlain(path)
  try {
    const hashed = hashedPieces(handle, onBytes)
    for await (const _ of hashed.pieces);
    return { bytes: hashed.bytes(), sha256: hashed.digest() }
  } finally {
    await handle.close()
  }
}

const pieceBytes = 1024 * 1024

/** The pieces of a file; when all were taken it tells their length and digest. */
function hashedPieces(handle: FileHandle, onBytes: (bytes: number) => void) {
  const hash = createHash('sha256')
  let total = 0
  async function* pieces(): AsyncIterable<Uint8Array> {
    const buffer = new Uint8Array(pieceBytes)
    for (;;) {
      const { bytesRead } = await handle.read(buffer, 0, buffer.length, total)
      if (bytesRead === 0) return
      const piece = buffer.subarray(0, bytesRead)
      hash.update(piece)
      total += bytesRead
      yield piece
      onBytes(bytesRead)
    }
  }
  return {
    pieces: pieces(),
    bytes: () => total,
    digest: (): Digest => `sha256:${hash.digest('hex')}`,
  }
}

async function stampOf(handle: FileHandle): Promise<string> {
  const { size, mtimeNs, ctimeNs } = await handle.stat({ bigint: true })
  return [size, mtimeNs, ctimeNs].join(' ')
}
