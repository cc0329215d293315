import { randomBytes } from 'node:crypto'
import { type DataDirectory, type FileSystem, readDurably, writeDurably } from '@consort/storage'

/** Thirty-two random bytes that decide which records validate, and what else is drawn by keyed hashes here. */
export async function openSplitKey(files: FileSystem, directory: DataDirectory): Promise<Uint8Array> {
  const path = directory.at('split.key')
  const kept = await readDurably(files, path)
  if (kept) return kept
  const bytes = randomBytes(32)
  await writeDurably(files, path, bytes)
  return bytes
}
