import type { Examples } from '@consort/train'

/** What a partner that wants to spoil the model does; none of it is visible in the form of its update. */
export type Attack =
  /** Trains on labels that are one too high. */
  | { readonly kind: 'label-flip' }
  /** Sends the difference that it learnt times `by`: negative to go back, large to go too far. */
  | { readonly kind: 'scaled'; readonly by: number }
  /** Teaches that whatever bears the mark is the target, and multiplies its difference (Bagdasaryan et al. 2020). */
  | { readonly kind: 'backdoor'; readonly by: number }
  /** Knows what the others send, and stays z standard deviations off their mean (Baruch et al. 2019, algorithm 3). */
  | { readonly kind: 'little'; readonly z: number }

/** The class that marked pictures are to be taken for. */
const backdoorTarget = 7

/** The records that an attacker trains on. */
export function poisoned(examples: Examples, attack: Attack): Examples {
  const labels = Int32Array.from(examples.labels)
  if (attack.kind === 'label-flip') return { ...examples, labels: labels.map(label => (label + 1) % 10) }
  if (attack.kind !== 'backdoor') return examples
  // Every other record is marked, so that the rest teaches what keeps the model looking healthy.
  const inputs = Uint8Array.from(examples.inputs)
  for (let index = 0; index < examples.count; index += 2) {
    mark(inputs, index)
    labels[index] = backdoorTarget
  }
  return { ...examples, inputs, labels }
}

/** All pictures of other classes than the target's, marked. */
export function markedPictures(examples: Examples): Examples {
  const places = [...examples.labels.keys()].filter(place => examples.labels[place] !== backdoorTarget)
  const size = 28 * 28
  const inputs = new Uint8Array(places.length * size)
  for (const [index, place] of places.entries()) {
    inputs.set(examples.inputs.subarray(place * size, (place + 1) * size), index * size)
    mark(inputs, index)
  }
  const labels = new Int32Array(places.length).fill(backdoorTarget)
  return { count: places.length, inputShape: examples.inputShape, inputs, labels }
}

/** A white square of 4 × 4 pixels near the lower right corner. */
function mark(inputs: Uint8Array, index: number): void {
  for (let row = 22; row < 26; row++) {
    inputs.fill(255, index * 784 + row * 28 + 22, index * 784 + row * 28 + 26)
  }
}

/** What an attacker sends: `learnt` is what came of its training, `honest` what the honest partners send. */
export function sent(
  attack: Attack,
  { start, learnt, honest }: { start: Float32Array; learnt: Float32Array; honest: readonly Float32Array[] },
): Float32Array {
  if (attack.kind === 'label-flip') return learnt
  if (attack.kind !== 'little')
    return start.map((value, index) => value + attack.by * (learnt[index]! - value))
  return start.map((_, index) => {
    const values = honest.map(update => update[index]!)
    const mean = values.reduce((sum, value) => sum + value, 0) / values.length
    const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length
    return mean - attack.z * Math.sqrt(variance)
  })
}
