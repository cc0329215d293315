import { createKeyPair, type KeyPair, parseKeyPair, Refusal } from '@consort/protocol'
import { readDurably, writeDurably } from '../files/durable-write.ts'
import type { FileSystem } from '../files/file-system.ts'

/** Reads a private key, or makes one that survives from then on. Throws `input-invalid` for a file that is no key. */
export async function openKey(files: FileSystem, path: string): Promise<KeyPair> {
  const kept = await readDurably(files, path)
  if (kept !== undefined) {
    try {
      return parseKeyPair(Buffer.from(kept).toString('utf8'))
    } catch (cause) {
      throw new Refusal('input-invalid', `${path} is not an Ed25519 key in PEM form`, {
        hint: 'Restore it from a backup; a new key is a new identity.',
        cause,
      })
    }
  }
  const key = createKeyPair()
  await writeDurably(files, path, Buffer.from(key.toPem()))
  return key
}
