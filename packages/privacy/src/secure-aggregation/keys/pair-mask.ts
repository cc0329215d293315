import type { KeyObject } from 'node:crypto'
import type { Digest } from '@consort/protocol'
import type { Mask } from '../ring/keystream.ts'
import { derivePairKey, type PairEnd } from './derive-key.ts'

/**
 * The mask that `own` shares with `peer`: the first by name adds it, the other subtracts it, so that the two cancel in
 * a sum over both. `privateKey` is own's.
 */
export function pairMask(
  privateKey: KeyObject,
  { own, peer, context }: { own: PairEnd; peer: PairEnd; context: Digest },
): Mask {
  const isFirst = own.name < peer.name
  const pair = isFirst ? ([own, peer] as const) : ([peer, own] as const)
  return { key: derivePairKey(privateKey, { context, use: 'mask', pair, peer }), sign: isFirst ? 1 : -1 }
}
