import { randomUUID } from 'node:crypto'
import { mkdir, rmdir } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import type { ImageFile } from '@consort/data'
import { type StrippedPicture, stripMetadata } from '@consort/privacy'
import { type Digest, digestOfBytes, digestOfJson, type ExportView, Refusal } from '@consort/protocol'
import type { FileSystem } from '@consort/storage'
import type { DatasetContext } from '../context.ts'
import type { RegisteredDataset } from '../dataset-store.ts'
import { readRegistered } from '../read-registered.ts'
import { exportKey } from './deidentify-registered.ts'
import { keyedOrder } from './keyed-order.ts'
import { logExport } from './log-export.ts'
import { refusalOfPath } from './new-file.ts'

export interface PictureExport {
  /** The files of the pictures as they lie. */
  readonly list: () => Promise<readonly ImageFile[]>
  readonly recipient: string
  /** Of the new folder. */
  readonly path: string
}

/**
 * Copies the pictures of a data set to a new folder, without metadata, one sub-folder a class. Their names are numbers
 * in an order of the recipient's own, since a file's name is often a person's. The pixels are as they were: of them
 * nothing is promised. The folder takes its name when all of it is on the disk and in the log. Throws as
 * `exportRecords` does.
 */
export async function exportPictures(
  context: DatasetContext,
  row: RegisteredDataset,
  { list, recipient, path }: PictureExport,
): Promise<ExportView> {
  const { files } = context
  await readRegistered(context, row) // what leaves is what the card speaks of
  const listed = await list()
  const order = keyedOrder(listed.length, exportKey(context, recipient))
  await mkdir(path, { mode: 0o700 }).catch(error => {
    throw refusalOfPath(path, error)
  })
  const unfinished = `${path}.${randomUUID()}.part`
  try {
    const copies = await copyAll(
      files,
      order.map(index => listed[index]!),
      unfinished,
    )
    const digest = digestOfJson(copies.map(({ name, digest }) => [name, digest]))
    const { dataset } = row
    await logExport(context, { dataset, recipient, digest, pictures: copies.length })
    await rmdir(path)
    await files.rename(unfinished, path)
    await files.syncDirectory(dirname(path))
    return { kind: 'pictures', dataset, recipient, path, digest, ...summaryOf(copies), anonymity: null }
  } catch (error) {
    await files.remove(unfinished)
    await rmdir(path).catch(() => {}) // somebody else may have put something there
    throw error
  }
}

interface Copy extends Pick<StrippedPicture, 'removed' | 'orientation'> {
  /** In the folder, e.g. `cat/0001.png`. */
  readonly name: string
  readonly digest: Digest
}

async function copyAll(files: FileSystem, pictures: readonly ImageFile[], folder: string): Promise<Copy[]> {
  const width = String(pictures.length).length
  const copies: Copy[] = []
  for (const [index, { path, label }] of pictures.entries()) {
    const { bytes, format, ...stripped } = stripNamed(path, await files.read(path))
    const name = `${label}/${String(index + 1).padStart(width, '0')}.${format === 'png' ? 'png' : 'jpg'}`
    await files.makeDirectory(join(folder, label))
    await writeSynced(files, join(folder, name), bytes)
    copies.push({ name, digest: digestOfBytes(bytes), ...stripped })
  }
  for (const label of new Set(pictures.map(({ label }) => label)))
    await files.syncDirectory(join(folder, label))
  await files.syncDirectory(folder)
  return copies
}

function stripNamed(path: string, bytes: Uint8Array): StrippedPicture {
  try {
    return stripMetadata(bytes)
  } catch (error) {
    if (!(error instanceof Refusal)) throw error
    const { code, message, hint } = error
    throw new Refusal(code, `${path}: ${message}`, { ...(hint && { hint }), cause: error })
  }
}

async function writeSynced(files: FileSystem, path: string, bytes: Uint8Array): Promise<void> {
  const file = await files.create(path)
  try {
    await file.write(bytes)
    await file.sync()
  } finally {
    await file.close()
  }
}

function summaryOf(copies: readonly Copy[]) {
  const counts = new Map<string, number>()
  for (const { removed } of copies)
    for (const what of new Set(removed)) counts.set(what, (counts.get(what) ?? 0) + 1)
  return {
    pictures: copies.length,
    removed: [...counts].map(([what, pictures]) => ({ what, pictures })),
    turned: copies.filter(({ orientation }) => orientation !== null && orientation > 1).length,
  }
}
