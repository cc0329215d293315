import { privateKeyOf } from '../keys/agreement-key.ts'
import { pairMask } from '../keys/pair-mask.ts'
import { octetsOfText } from '../octets.ts'
import type { Mask } from '../ring/keystream.ts'
import type { Opened } from './aggregator.ts'

/**
 * What is to be added to the sum of the masked inputs so that no mask is left: minus each survivor's self-mask, and the
 * masks that those who dropped out would have added for each survivor. Masks among survivors have cancelled.
 */
export function masksToRemove({ digest, advertisements, survivors, secrets }: Opened): Mask[] {
  const ends = new Map(advertisements.map(it => [it.member, { name: it.member, key: it.maskKey }]))
  return secrets.flatMap(({ member, of, secret }): Mask[] => {
    if (of === 'self-mask') return [{ key: octetsOfText(secret), sign: -1 }]
    const maskKey = privateKeyOf(octetsOfText(secret))
    const own = ends.get(member)!
    return survivors.map(name => pairMask(maskKey, { own, peer: ends.get(name)!, context: digest }))
  })
}
