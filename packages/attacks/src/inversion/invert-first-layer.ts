import { planModel } from '@consort/train'
import type { CapturedUpdate } from './capture-update.ts'

/**
 * What the update of a dense first layer says of its inputs, one candidate for each unit that moved: the gradient of a
 * unit's weights is Σᵢ δᵢ·xᵢ and that of its bias Σᵢ δᵢ, so their ratio is xᵢ itself where one example alone has moved
 * the unit, and a mixture where several have (Phong et al. 2017, section 3; Boenisch et al. 2023, section 4). Clipping
 * scales both alike and hides nothing. Candidates have the scale of the model's inputs, 0 … 1 for pictures.
 */
export function invertFirstLayer({ recipe, update }: CapturedUpdate): Float32Array[] {
  const { weights, biases, width } = firstLayer({ recipe, update })
  return ratios(
    Array.from(biases, (bias, unit) => ({
      weights: weights.subarray(unit * width, (unit + 1) * width),
      bias,
    })),
  )
}

/**
 * One candidate out of all units together: where one example (or one more than the others) has moved them, their
 * gradients are δ·xᵀ, of rank one, and x is the leading right singular vector, here by power iteration. It sees through
 * noise that drowns every single unit, until that is as loud as the gradient: noise of deviation σ has a singular value
 * of about σ·(√units + √width) (Davidson, Szarek 2001, theorem 2.13).
 */
export function invertAllUnits(captured: CapturedUpdate): Float32Array {
  const { weights, biases, width } = firstLayer(captured)
  let right = new Float32Array(width).fill(1 / Math.sqrt(width))
  let left = new Float32Array(biases.length)
  for (let iteration = 0; iteration < 30; iteration++) {
    left = biases.map((_, unit) => {
      let sum = 0
      for (let place = 0; place < width; place++) sum += weights[unit * width + place]! * right[place]!
      return sum
    })
    right = new Float32Array(width)
    for (const [unit, along] of left.entries())
      for (let place = 0; place < width; place++) right[place]! += along * weights[unit * width + place]!
    const length = Math.hypot(...right) || 1
    right = right.map(value => value / length)
  }
  // The biases moved by δ itself: their part along the left vector gives the scale and the sign.
  const size = left.reduce((sum, along) => sum + along * along, 0)
  const bias = left.reduce((sum, along, unit) => sum + along * biases[unit]!, 0)
  return right.map(value => (value * size) / (bias || 1))
}

export interface UnitMove {
  readonly weights: Float32Array
  readonly bias: number
}

/** Weights over bias for all units but those that hardly moved, in which rounding is all that is left. */
export function ratios(units: readonly UnitMove[]): Float32Array[] {
  const most = Math.max(...units.map(({ bias }) => Math.abs(bias)))
  return units
    .filter(({ bias }) => Math.abs(bias) > most * 1e-4)
    .map(({ weights, bias }) => weights.map(weight => weight / bias))
}

/** The part of an update that is the first layer's: `weights` [units, width] and `biases` [units]. */
export function firstLayer({ recipe, update }: CapturedUpdate): {
  weights: Float32Array
  biases: Float32Array
  width: number
} {
  const [weight, bias] = planModel(recipe).layout.tensors
  const part = ({ offset, size }: { offset: number; size: number }): Float32Array =>
    update.subarray(offset, offset + size)
  return { weights: part(weight!), biases: part(bias!), width: weight!.size / bias!.size }
}
