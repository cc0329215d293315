import { createCipheriv, createHash } from 'node:crypto'
import { digestOfBytes, type Entropy, type KeyPair, parseKeyPair } from '@consort/protocol'
import type { RoundContext } from '../secure-aggregation/round-context.ts'

/** Members with identities and a context for secure aggregation, all from one seed. */
export interface Cohort {
  readonly context: RoundContext
  readonly names: readonly string[]
  identity(name: string): KeyPair
}

export function createCohort(
  seed: number,
  { members, ...rest }: { members: number } & Partial<Omit<RoundContext, 'members'>>,
): Cohort {
  const names = Array.from({ length: members }, (_, index) => `p${String(index).padStart(3, '0')}`)
  const identities = new Map(names.map(name => [name, identityOf(`${seed} ${name}`)]))
  const identity = (name: string): KeyPair => identities.get(name)!
  const context: RoundContext = {
    kind: 'secure-aggregation',
    agreement: null,
    run: 'run_0000000000000000',
    round: 1,
    attempt: 1,
    model: digestOfBytes(Buffer.from('model')),
    recipe: digestOfBytes(Buffer.from('recipe')),
    roster: digestOfBytes(Buffer.from('roster')),
    members: names.map((name, index) => ({
      name,
      key: identity(name).publicKey,
      weight: 100 - (index % 7) * 10,
    })),
    groups: null,
    values: 33,
    clip: 0.5,
    weightCap: 100,
    ...rest,
  }
  return { context, names, identity }
}

/** An Ed25519 key pair that a text decides. */
export function identityOf(text: string): KeyPair {
  const key = createHash('sha256').update(text).digest()
  const der = Buffer.concat([Buffer.from('MC4CAQAwBQYDK2VwBCIEIA', 'base64url'), key])
  return parseKeyPair(`-----BEGIN PRIVATE KEY-----\n${der.toString('base64')}\n-----END PRIVATE KEY-----\n`)
}

/** Bytes that repeat with the seed, and look like nothing. */
export function entropyOf(seed: string): Entropy {
  const key = createHash('sha256').update(seed).digest()
  const cipher = createCipheriv('aes-256-ctr', key, new Uint8Array(16))
  return { bytes: count => new Uint8Array(cipher.update(new Uint8Array(count))) }
}
