import { createPrivateKey, createPublicKey, webcrypto } from 'node:crypto'
import { createRequire, syncBuiltinESMExports } from 'node:module'
import type { Random } from '@consort/protocol'
import type { VirtualTime } from './virtual-time.ts'

const require = createRequire(import.meta.url)

/** The DER form (RFC 8410) of an Ed25519 private key is this, and its 32 bytes. */
const privateKeyHead = Buffer.from('302e020100300506032b657004220420', 'hex')

/**
 * Puts a seeded generator in the place of the system's, for all code of this process; keys are the ones that the seed
 * gives. WebCrypto works in threads of its own: time waits for it, and one call for the other.
 */
export function replaceRandomness(random: () => Random, time: () => VirtualTime): void {
  const fill = <T extends ArrayBufferView>(view: T): T => {
    const bytes = new Uint8Array(view.buffer, view.byteOffset, view.byteLength)
    for (let at = 0; at < bytes.length; at++) bytes[at] = random().bits() >>> 24
    return view
  }
  const randomBytes = (count: number): Buffer => fill(Buffer.alloc(count))
  const randomUUID = (): string => {
    const hex = randomBytes(16).toString('hex')
    return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-8${hex.slice(17, 20)}-${hex.slice(20)}`
  }
  const generateKeyPairSync = () => {
    const der = Buffer.concat([privateKeyHead, randomBytes(32)])
    const privateKey = createPrivateKey({ key: der, format: 'der', type: 'pkcs8' })
    return { privateKey, publicKey: createPublicKey(privateKey) }
  }
  Object.assign(require('node:crypto'), { randomBytes, randomUUID, generateKeyPairSync })
  Object.assign(webcrypto, { randomUUID, getRandomValues: fill })
  Math.random = () => random().uniform()
  let last: Promise<unknown> = Promise.resolve()
  for (const name of [
    'digest',
    'encrypt',
    'decrypt',
    'sign',
    'verify',
    'deriveBits',
    'deriveKey',
    'generateKey',
    'importKey',
    'exportKey',
  ] as const) {
    const real = webcrypto.subtle[name].bind(webcrypto.subtle) as (...of: unknown[]) => Promise<unknown>
    const inTurn = (...of: unknown[]): Promise<unknown> => {
      const own = last.then(() => real(...of))
      last = own.catch(() => {})
      return time().hold(own)
    }
    Object.defineProperty(webcrypto.subtle, name, { value: inTurn })
  }
  syncBuiltinESMExports()
}
