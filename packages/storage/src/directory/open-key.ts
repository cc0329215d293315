import { createKeyPair, type KeyPair, parseKeyPair, Refusal } from '@consort/protocol'
import { writeDurably } from '../files/durable-write.ts'
import type { FileSystem } from '../files/file-system.ts'

/** Reads a private key, or makes one that survives from then on. Throws `input-invalid` for a file that is no key. */
export async function openKey(files: FileSystem, path: string): Promise<KeyPair> {
  if ((await files.size(path)) !== undefined) {
    const pem = Buffer.from(await files.read(path)).toString('utf8')
    try {
      return parseKeyPair(pem)
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
