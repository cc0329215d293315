import type { RoundContext } from '@consort/privacy'
import { createKeyPair, digestOfBytes, type KeyPair } from '@consort/protocol'

/** Partners with their keys, and what a round of theirs is about. */
export type Consortium = { context: RoundContext; identities: ReadonlyMap<string, KeyPair> }

export function createConsortium({ partners, values }: { partners: number; values: number }): Consortium {
  const names = Array.from({ length: partners }, (_, index) => `partner-${String(index).padStart(3, '0')}`)
  const identities = new Map(names.map(name => [name, createKeyPair()]))
  const digest = digestOfBytes(Buffer.from('the same for all'))
  const context: RoundContext = {
    kind: 'secure-aggregation',
    agreement: digest,
    run: 'run_0000000000000000',
    round: 1,
    attempt: 1,
    model: digest,
    recipe: digest,
    roster: digest,
    members: names.map(name => ({ name, key: identities.get(name)!.publicKey, weight: 1000 })),
    groups: null,
    values,
    clip: 1,
    weightCap: 1000,
  }
  return { context, identities }
}

const sines = Float64Array.from({ length: 1000 }, (_, index) => 0.5 * Math.sin(index))

/** An update whose mean over all partners is known: sines, each partner's with an offset of its own. */
export function createUpdate(values: number, partner: number): Float32Array<ArrayBuffer> {
  const update = new Float32Array(values)
  for (let index = 0; index < values; index++) update[index] = sines[index % 1000]! + partner / 1000
  return update
}

/** How far the mean is from the one that the partners' updates call for, at most. */
export function errorOf(mean: Float32Array, partners: readonly number[]): number {
  const offset = partners.reduce((sum, partner) => sum + partner / 1000, 0) / partners.length
  return mean.reduce(
    (worst, value, index) => Math.max(worst, Math.abs(value - sines[index % 1000]! - offset)),
    0,
  )
}
