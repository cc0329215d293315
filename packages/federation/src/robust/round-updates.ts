import { setImmediate } from 'node:timers/promises'
import { Refusal } from '@consort/protocol'

/** The updates of one round, in the order of the partners' names, read a chunk at a time from where they lie. */
export interface RoundUpdates {
  readonly updates: readonly {
    /** For people, when something is wrong with it. */
    readonly name: string
    /** Its share in a weighted mean, see `updateWeights`; the shares add up to 1. */
    readonly share: number
  }[]
  /** How many floats each chunk of the model holds. */
  readonly chunkLengths: readonly number[]
  /** One chunk of one update; what it returns is good until the next call. */
  readUpdate(place: number, chunk: number): Promise<Float32Array>
  /** The same of the weights that the round started from, in memory of its own. */
  readStart(chunk: number): Promise<Float32Array>
}

/** The same coordinates of every update. */
export interface Slice {
  readonly chunk: number
  /** Where in the chunk it begins. */
  readonly start: number
  readonly pieces: readonly Float32Array[]
}

/** Floats that are in memory at once: 64 MiB, sixteen chunks. */
const floatsMax = 2 ** 24

/** Between so many coordinates others have their turn: some ten milliseconds. */
const blockLength = 2 ** 16

/**
 * All coordinates of all updates side by side, in order. Memory for sixteen chunks whatever the number of updates; with
 * more of them, chunks are read again for each part. A slice is good until the next one. Throws `update-not-finite`.
 */
export async function* slicesOf(
  { updates, chunkLengths, readUpdate }: RoundUpdates,
  partMax = Math.floor(floatsMax / updates.length),
): AsyncGenerator<Slice> {
  const partLength = Math.min(partMax, Math.max(...chunkLengths))
  const parts = updates.map(() => new Float32Array(partLength))
  for (const [chunk, length] of chunkLengths.entries()) {
    for (let from = 0; from < length; from += partLength) {
      const to = Math.min(from + partLength, length)
      for (const [place, part] of parts.entries()) {
        part.set((await readUpdate(place, chunk)).subarray(from, to))
        if (!areFinite(part.subarray(0, to - from))) throw notFinite(updates[place]!.name)
      }
      for (let start = from; start < to; start += blockLength) {
        await setImmediate()
        const end = Math.min(start + blockLength, to)
        yield { chunk, start, pieces: parts.map(part => part.subarray(start - from, end - from)) }
      }
    }
  }
}

function areFinite(values: Float32Array): boolean {
  let zero = 0
  for (let index = 0; index < values.length; index++) zero += values[index]! - values[index]!
  return zero === 0
}

export function notFinite(name: string): Refusal {
  return new Refusal('update-not-finite', `The update of ${name} changed since it was checked`)
}
