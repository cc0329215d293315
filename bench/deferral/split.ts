import { createRandom } from '@consort/protocol'
import { classes, images } from '../guarantee/cifar-files.ts'

/** What there is on CIFAR-10H: a model's log-probabilities, a second model's logits where used, choices, labels. */
export interface Material {
  readonly opinions: readonly Float64Array[]
  readonly counts: Uint8Array
  readonly labels: Uint8Array
}

/** 2,000 images to fit everything, 8,000 to test; each image's people in an order of their own. */
export interface Split {
  readonly calibration: Int32Array
  readonly test: Int32Array
  readonly choices: readonly Uint8Array[]
  readonly uniform: () => number
}

const calibrationSize = 2000

export function drawSplit({ counts }: Material, seed: number): Split {
  const uniform = createRandom(seed * 7919).uniform
  const order = shuffled(
    Int32Array.from({ length: images }, (_, image) => image),
    uniform,
  )
  const choices = Array.from({ length: images }, (_, image) => {
    const people: number[] = []
    for (let k = 0; k < classes; k++) {
      for (let person = counts[image * classes + k]!; person > 0; person--) people.push(k)
    }
    return shuffled(Uint8Array.from(people), uniform)
  })
  return {
    calibration: order.slice(0, calibrationSize),
    test: order.slice(calibrationSize),
    choices,
    uniform,
  }
}

/** The rows of some images. */
export function rowsOf<Values extends Float64Array | Uint8Array>(values: Values, chosen: Int32Array): Values {
  const rows = values.slice(0, chosen.length * classes) as Values
  for (const [row, image] of chosen.entries()) {
    rows.set(values.subarray(image * classes, (image + 1) * classes), row * classes)
  }
  return rows
}

function shuffled<Values extends Int32Array | Uint8Array>(values: Values, uniform: () => number): Values {
  for (let last = values.length - 1; last > 0; last--) {
    const other = Math.floor(uniform() * (last + 1))
    ;[values[last], values[other]] = [values[other]!, values[last]!]
  }
  return values
}
