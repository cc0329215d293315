import { createHash } from 'node:crypto'
import { stat } from 'node:fs/promises'
import type { Digest } from '@consort/protocol'
import { fileRefusal } from '@consort/records/file-refusal'
import { checkOrdinary, openFile } from './open-file.ts'

/** By what a changed file is noticed without reading it. */
export interface FileStamp {
  readonly size: number
  /** Device, inode, and the times in nanoseconds at which content and attributes last changed. */
  readonly identity: string
  /** When content or attributes last changed, in milliseconds since 1970. */
  readonly changedMs: number
}

/** A file as it was read. */
export interface ReadFile {
  readonly path: string
  readonly stamp: FileStamp
  /** Of all its bytes. */
  readonly digest: Digest
}

/** The stamp of what `stat` says. */
export function stampOf(stats: {
  readonly dev: bigint
  readonly ino: bigint
  readonly size: bigint
  readonly mtimeNs: bigint
  readonly ctimeNs: bigint
}): FileStamp {
  const { dev, ino, size, mtimeNs, ctimeNs } = stats
  const changedNs = mtimeNs > ctimeNs ? mtimeNs : ctimeNs
  return {
    size: Number(size),
    identity: [dev, ino, mtimeNs, ctimeNs].join(' '),
    changedMs: Number(changedNs / 1_000_000n),
  }
}

/** Throws `data-unreadable`. */
export async function stampFile(path: string): Promise<FileStamp> {
  try {
    const stats = await stat(path, { bigint: true })
    checkOrdinary(path, stats)
    return stampOf(stats)
  } catch (error) {
    throw fileRefusal(path, error)
  }
}

export function isSameStamp(one: FileStamp, other: FileStamp): boolean {
  return one.size === other.size && one.identity === other.identity
}

/** The digest of a file's bytes; a gigabyte takes a second. Throws `data-unreadable`. */
export async function digestFile(path: string): Promise<Digest> {
  const hash = createHash('sha256')
  try {
    await using handle = await openFile(path)
    for await (const chunk of handle.createReadStream({ highWaterMark: 2 ** 20 })) hash.update(chunk)
  } catch (error) {
    throw fileRefusal(path, error)
  }
  return `sha256:${hash.digest('hex')}`
}
