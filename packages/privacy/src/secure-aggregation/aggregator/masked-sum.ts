import { Refusal } from '@consort/protocol'
import { blockValues, openMasks } from '../ring/keystream.ts'
import { addPacked } from '../ring/pack.ts'
import { dequantiser } from '../ring/quantise.ts'
import { inputMax, packedBytes, ringBits } from '../ring/ring.ts'
import { memberOf, type RoundContext } from '../round-context.ts'
import type { Opened } from './aggregator.ts'
import { masksToRemove } from './masks-to-remove.ts'

/** Adds up masked inputs, in 4 bytes a value however many members there are. */
export interface MaskedSum {
  /** Bytes of each member's packed values. */
  readonly packedBytes: number
  /**
   * Adds a piece of one member's packed values from byte `offset` on, under 256 MiB: in any order, cut anywhere, each
   * byte of each survivor once. Throws `update-shape` for a piece that reaches beyond the values.
   */
  add(piece: Uint8Array, offset: number): void
  /** Removes all masks; once, after every survivor's bytes. */
  unmask(opened: Opened): void
  /** The same in steps of a millisecond or so, between which others can have a turn: a large sum takes seconds. */
  unmasking(opened: Opened): Generator<void>
  /**
   * The weighted mean of values `start` … `end` − 1, after `unmask`: Σ wᵤ xᵤ / Σ wᵤ over the survivors. Throws
   * `update-shape` when a sum is out of range: then somebody's input was not what it should have been.
   */
  mean(start: number, end: number): Float32Array<ArrayBuffer>
  /** The sums of the 16-bit inputs themselves, likewise. */
  sums(start: number, end: number): Uint32Array<ArrayBuffer>
}

/**
 * `memory`, where given, is used for the sum: at least `context.values` long, and left to it until the mean is taken.
 */
export function createMaskedSum(context: RoundContext, memory = new Uint32Array(context.values)): MaskedSum {
  const { values } = context
  const bits = ringBits(context.members.length)
  const words = memory.subarray(0, values).fill(0)
  const bytesAll = packedBytes(values, bits)
  let unmasked: Dequantisation | undefined
  function* unmasking(opened: Opened): Generator<void> {
    const masks = openMasks(masksToRemove(opened))
    for (let start = 0; start < values; start += blockValues) {
      masks.addTo(words.subarray(start, start + blockValues))
      yield
    }
    unmasked = dequantisationOf(opened)
  }
  return {
    packedBytes: bytesAll,
    add(bytes, offset) {
      if (offset + bytes.length > bytesAll)
        throw new Refusal('update-shape', `Masked values of ${values} have ${bytesAll} bytes, not more`)
      addPacked(words, { bytes, offset, bits })
    },
    unmask(opened) {
      for (const _ of unmasking(opened));
    },
    unmasking,
    mean(start, end) {
      if (!unmasked) throw new Error('The masks are still on')
      return meanOf(words.subarray(start, end), { ring: 2 ** bits - 1, ...unmasked })
    },
    sums(start, end) {
      if (!unmasked) throw new Error('The masks are still on')
      const { sumMax } = unmasked
      const sums = words.slice(start, end).map(word => word & (2 ** bits - 1))
      if (sums.some(sum => sum > sumMax)) outOfRange()
      return sums
    },
  }
}

interface Dequantisation {
  /** The most that the sum of these members' inputs can be. */
  readonly sumMax: number
  readonly factor: number
  readonly offset: number
}

function dequantisationOf({ context, survivors }: Opened): Dequantisation {
  const weightTotal = survivors.reduce((total, name) => total + memberOf(context, name).weight, 0)
  const { clip, weightCap } = context
  const members = survivors.length
  return { sumMax: members * inputMax, ...dequantiser({ members, clip, weightCap, weightTotal }) }
}

function meanOf(
  words: Uint32Array,
  { ring, sumMax, factor, offset }: Dequantisation & { ring: number },
): Float32Array<ArrayBuffer> {
  const mean = new Float32Array(words.length)
  let largest = 0
  for (let index = 0; index < words.length; index++) {
    const sum = words[index]! & ring
    if (sum > largest) largest = sum
    mean[index] = sum * factor + offset
  }
  if (largest > sumMax) outOfRange()
  return mean
}

function outOfRange(): never {
  throw new Refusal(
    'update-shape',
    'The sum is out of range, so a partner has handed in something else than a masked update',
    {
      hint: 'Who it was cannot be seen. Start a new round.',
    },
  )
}
