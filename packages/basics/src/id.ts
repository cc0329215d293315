import { z } from 'zod'

/** Where random bytes come from. Passed in, so that a simulation can repeat itself. */
export interface Entropy {
  /** `count` bytes that nobody can predict. */
  bytes(count: number): Uint8Array
}

const alphabet = '0123456789abcdefghjkmnpqrstvwxyz'

const prefixes = {
  member: 'mem',
  invite: 'inv',
  run: 'run',
  task: 'tsk',
  survey: 'srv',
  card: 'crd',
  version: 'ver',
  case: 'cas',
  usage: 'use',
  key: 'key',
  message: 'msg',
  consultation: 'con',
} as const

export type IdKind = keyof typeof prefixes
export type Id<K extends IdKind = IdKind> = `${(typeof prefixes)[K]}_${string}`

/** A fresh identifier, e.g. `run_7q2m…`: 80 random bits, safe in URLs and file names. */
export function createId<K extends IdKind>(kind: K, entropy: Entropy): Id<K> {
  let text = ''
  for (const byte of entropy.bytes(16)) text += alphabet[byte & 31]
  return `${prefixes[kind]}_${text}` as Id<K>
}

/** The identifier whose 80 bits are this number. */
export function idOfNumber<K extends IdKind>(kind: K, number: bigint): Id<K> {
  let text = ''
  for (let shift = 75n; shift >= 0n; shift -= 5n) text += alphabet[Number((number >> shift) & 31n)]
  return `${prefixes[kind]}_${text}` as Id<K>
}

/** The number that an identifier's 80 bits are. */
export function numberOfId(id: Id<IdKind>): bigint {
  const text = id.slice(id.indexOf('_') + 1)
  return Array.from(text).reduce((number, letter) => (number << 5n) | BigInt(alphabet.indexOf(letter)), 0n)
}

/** How identifiers of a kind are written, as a part of a regular expression. */
export function idPattern(kind: IdKind): string {
  return `${prefixes[kind]}_[${alphabet}]{16}`
}

/** The schema of one kind of identifier. */
export function idSchema<K extends IdKind>(kind: K): z.ZodType<Id<K>, Id<K>> {
  return z.string().regex(new RegExp(`^${idPattern(kind)}$`)) as unknown as z.ZodType<Id<K>, Id<K>>
}

/** Names that people give: short, lower case, usable in files, URLs and shells. */
export const nameSchema = z
  .string()
  .regex(/^[a-z0-9](?:[a-z0-9-]{0,46}[a-z0-9])?$/, 'lower-case letters, digits and hyphens, at most 48')
