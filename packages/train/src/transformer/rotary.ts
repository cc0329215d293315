import type { RopeSpec } from '@consort/protocol'
import type { Graph, Value } from '../graph/graph.ts'
import { add, mul, neg } from '../ops/elementwise.ts'
import { concat, slice } from '../ops/movement.ts'

/** Cosine and sine of each place's angles, [T, 1, d]: the second half of the d numbers repeats the first. */
export interface RotaryTables {
  readonly cosine: Value
  readonly sine: Value
}

interface RotaryNumbers {
  readonly cosine: Float32Array<ArrayBuffer>
  readonly sine: Float32Array<ArrayBuffer>
}

/**
 * The angles t·fᵢ of the places t from `from` on, with the frequencies fᵢ = θ^(−2i/d) (Su et al. 2021, section 3.2.2),
 * stretched as the base's config says.
 */
export function rotaryNumbers(of: {
  from: number
  count: number
  width: number
  rope: RopeSpec
}): RotaryNumbers {
  const { from, count, width, rope } = of
  const half = width / 2
  const frequencies = frequenciesOf(rope, width)
  const cosine = new Float32Array(count * width)
  const sine = new Float32Array(count * width)
  for (let place = 0; place < count; place++) {
    for (const [index, frequency] of frequencies.entries()) {
      const angle = (from + place) * frequency
      for (const at of [place * width + index, place * width + index + half]) {
        cosine[at] = Math.cos(angle)
        sine[at] = Math.sin(angle)
      }
    }
  }
  return { cosine, sine }
}

export function rotaryTables(
  graph: Graph,
  of: { count: number; width: number; rope: RopeSpec },
): RotaryTables {
  const { cosine, sine } = rotaryNumbers({ from: 0, ...of })
  const shape = [of.count, 1, of.width]
  return { cosine: graph.constant(cosine, shape), sine: graph.constant(sine, shape) }
}

/** As Llama 3.1 stretches: slow turns by `factor`, fast ones not at all, those between the two by a share of each. */
function frequenciesOf({ theta, scaling }: RopeSpec, width: number): Float64Array {
  return Float64Array.from({ length: width / 2 }, (_, index) => {
    const frequency = theta ** ((-2 * index) / width)
    if (!scaling) return frequency
    if (scaling.kind === 'linear') return frequency / scaling.factor
    const { factor, lowFrequencyFactor: low, highFrequencyFactor: high, positionsBefore } = scaling
    const turns = (positionsBefore * frequency) / (2 * Math.PI)
    const share = Math.min(1, Math.max(0, (turns - low) / (high - low)))
    return share * frequency + ((1 - share) * frequency) / factor
  })
}

/**
 * x [B, T, heads, d] with the numbers i and i + d/2 of each head turned by their place's angle, as Llama's weights are
 * published: y = x·cos + (−x₂, x₁)·sin. Backwards they are turned by the opposite angle: x̄ = ȳ·cos + (u₂, −u₁) with
 * u = ȳ·sin.
 */
export function rotated(x: Value, { cosine, sine }: RotaryTables): Value {
  const half = x.shape[3]! / 2
  const first = (of: Value): Value => slice(of, [{ axis: 3, start: 0, count: half }])
  const second = (of: Value): Value => slice(of, [{ axis: 3, start: half, count: half }])
  const turned = concat([neg(second(x)), first(x)], 3)
  return x.graph.composite(add(mul(x, cosine), mul(turned, sine)), {
    inputs: [x],
    rule(cotangent) {
      const u = mul(cotangent, sine)
      return [add(mul(cotangent, cosine), concat([second(u), neg(first(u))], 3))]
    },
  })
}
