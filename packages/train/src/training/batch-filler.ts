import { pixelsOf, type Random, type Recipe } from '@consort/protocol'
import type { AnyExamples } from '@consort/records'
import { createRowWriter } from '../row-writer.ts'

export interface Batch {
  /** [batchSize, …inputShape] */
  readonly inputs: Float32Array
  /** [batchSize] */
  readonly labels: Int32Array | Float32Array
  /** [batchSize]: 1/n for the first n, unless the recipe weighs classes, and 0 for the rest. */
  readonly weights: Float32Array
}

/** Copies chosen examples into a batch, scaled, and shifted at random where `random` is given. */
export type BatchFiller = (batch: Batch, indices: Int32Array, random?: Random) => void

/** A short batch is padded with zeros of weight 0. */
export function createBatchFiller(recipe: Recipe, examples: AnyExamples): BatchFiller {
  const size = examples.inputShape.reduce((product, dimension) => product * dimension, 1)
  const { labels } = examples
  const { classWeights } = recipe
  const copy = copierOf(recipe, examples, size)
  return (batch, indices, random) => {
    const { length } = indices
    copy(batch.inputs, indices, random)
    for (let row = 0; row < length; row++) batch.labels[row] = labels[indices[row]!]!
    batch.inputs.fill(0, length * size)
    batch.labels.fill(0, length)
    batch.weights.fill(1 / length, 0, length)
    batch.weights.fill(0, length)
    if (classWeights) weighByClass(batch, length, classWeights)
  }
}

/** Each example weighs as its class does, and all together 1, as PyTorch has it. */
function weighByClass({ labels, weights }: Batch, length: number, classWeights: readonly number[]): void {
  let sum = 0
  for (let row = 0; row < length; row++) sum += classWeights[labels[row]!]!
  for (let row = 0; row < length; row++) weights[row] = classWeights[labels[row]!]! / sum
}

type Copier = (into: Float32Array, indices: Int32Array, random: Random | undefined) => void

function copierOf(recipe: Recipe, { inputs }: AnyExamples, size: number): Copier {
  if (inputs instanceof Float32Array) return eachRow(floatCopier(inputs, size))
  return inputs instanceof Uint8Array ? eachRow(pixelCopier(recipe, inputs)) : createRowWriter(inputs, size)
}

type RowCopier = (into: Float32Array, row: number, index: number, random: Random | undefined) => void

function eachRow(copy: RowCopier): Copier {
  return (into, indices, random) => {
    for (let row = 0; row < indices.length; row++) copy(into, row, indices[row]!, random)
  }
}

function floatCopier(inputs: Float32Array, size: number): RowCopier {
  return (into, row, index) => into.set(inputs.subarray(index * size, (index + 1) * size), row * size)
}

function pixelCopier(recipe: Recipe, pixels: Uint8Array): RowCopier {
  const scaling = pixelsOf(recipe.input)
  if (!scaling) throw new TypeError('examples of this kind do not come as bytes')
  const { channels, height, width, mean, deviation, shift, mirror } = scaling
  const value = Float32Array.from({ length: 256 }, (_, byte) => (byte / 255 - mean) / deviation)
  const size = channels * height * width
  return (into, row, index, random) => {
    const from = index * size
    const to = row * size
    const down = random && shift > 0 ? random.integer(2 * shift + 1) - shift : 0
    const right = random && shift > 0 ? random.integer(2 * shift + 1) - shift : 0
    const isMirrored = random !== undefined && mirror && random.integer(2) === 1
    if (down === 0 && right === 0 && !isMirrored) {
      for (let i = 0; i < size; i++) into[to + i] = value[pixels[from + i]!]!
      return
    }
    into.fill(value[0]!, to, to + size)
    const [top, bottom] = [Math.max(down, 0), height + Math.min(down, 0)]
    const [left, end] = [Math.max(right, 0), width + Math.min(right, 0)]
    const [first, step] = isMirrored ? [width - 1 + right, -1] : [-right, 1]
    for (let channel = 0; channel < channels; channel++) {
      for (let y = top; y < bottom; y++) {
        const target = to + (channel * height + y) * width
        const source = from + (channel * height + y - down) * width + first
        for (let x = left; x < end; x++) into[target + x] = value[pixels[source + step * x]!]!
      }
    }
  }
}
