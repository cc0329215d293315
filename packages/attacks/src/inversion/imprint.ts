import type { Recipe } from '@consort/protocol'
import { planModel } from '@consort/train'
import type { CapturedUpdate } from './capture-update.ts'
import { firstLayer, ratios } from './invert-first-layer.ts'

/**
 * Weights that a malicious hub sends so that records come back in the update (Fowl et al. 2022, Robbing the Fed): every
 * unit of the first layer measures how bright a picture is, and is active above an edge of its own. `brightness`
 * are the means over the pixels (0 … 1) of pictures that the hub takes for similar; the edges are their quantiles. For
 * one hidden layer of relu units.
 */
export function imprintedWeights(recipe: Recipe, brightness: readonly number[]): Float32Array {
  const { layout } = planModel(recipe)
  const [weight, bias, output] = layout.tensors
  const weights = new Float32Array(layout.size)
  const units = bias!.size
  const width = weight!.size / units
  weights.fill(1 / width, weight!.offset, weight!.offset + weight!.size)
  const sorted = brightness.toSorted((a, b) => a - b)
  for (let unit = 0; unit < units; unit++) weights[bias!.offset + unit] = -quantile(sorted, unit / units)
  // All units pass the same gradient on to an example, and no class has the mean of all, so that it is never 0.
  for (let index = 0; index < output!.size; index++)
    weights[output!.offset + index] = 1e-3 * Math.floor(index / units)
  return weights
}

/**
 * Two neighbouring units differ by the examples whose brightness lies between their edges: by one, if the hub is lucky.
 */
export function invertImprinted(captured: CapturedUpdate): Float32Array[] {
  const { weights, biases, width } = firstLayer(captured)
  const units = biases.length
  return ratios(
    Array.from(biases, (bias, unit) => {
      const isLast = unit === units - 1
      const own = weights.subarray(unit * width, (unit + 1) * width)
      const next = weights.subarray((unit + 1) * width, (unit + 2) * width)
      return {
        weights: isLast ? own : own.map((value, pixel) => value - next[pixel]!),
        bias: isLast ? bias : bias - biases[unit + 1]!,
      }
    }),
  )
}

function quantile(sorted: readonly number[], share: number): number {
  const place = share * (sorted.length - 1)
  const below = Math.floor(place)
  const above = Math.min(below + 1, sorted.length - 1)
  return sorted[below]! + (place - below) * (sorted[above]! - sorted[below]!)
}
