import { createHash } from 'node:crypto'

/** The seed of one member's training in one round: fixed by the recipe, different for everyone. */
export function trainingSeed(of: { seed: number; round: number; member: string }): number {
  return createHash('sha256').update(`${of.seed}\n${of.round}\n${of.member}`).digest().readUInt32BE(0)
}
