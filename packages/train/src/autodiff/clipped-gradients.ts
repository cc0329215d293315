import assert from 'node:assert/strict'
import type { ExampleGradients, Value } from '../graph/graph.ts'
import { add, div, max, min, mul, sqrt } from '../ops/elementwise.ts'
import { withoutExampleRule } from './example-gradients.ts'
import { exampleRules } from './example-rules.ts'
import type { RuleInput } from './rule.ts'
import { inputGradients, type Place, walkBack } from './walk-back.ts'

export interface Clipping {
  /** C: no example's gradient, over all targets together, counts with a larger Euclidean norm. */
  readonly clip: number
  /** The sum is divided by this number, whatever the size of the batch. */
  readonly divisor: number
}

export interface ClippedGradients {
  /** In the order of the targets. */
  readonly sums: readonly Value[]
  /** ‖gᵢ‖ before clipping, [N, 1]; not finite where an example overflows, whose product spoils the sums. */
  readonly norms: Value
}

/**
 * Adds to the graph of `loss`, which must be a sum over examples in which none looks at another, the sum of the
 * examples' gradients, each clipped to norm C: Σᵢ min(1, C/‖gᵢ‖)·gᵢ / divisor (Abadi et al. 2016, algorithm 1), in
 * the order of `targets`. One walk back does both: it keeps at each use of a target what gives the norms (ghost norms:
 * Goodfellow 2015; Li et al. 2022), and the clipped sum is made of the same cotangents (book-keeping: Bu et al. 2023),
 * so that nothing is differentiated twice. Throws `recipe-invalid` where a target is used in a way without a rule.
 */
export function clippedGradients(
  loss: Value,
  targets: readonly Value[],
  { clip, divisor }: Clipping,
): ClippedGradients {
  const uses = usesOf(loss, targets)
  const squares = uses.map(({ examples }) => examples.squaredNorms)
  const norms = sqrt(squares.reduce((sum, more) => add(sum, more)))
  const number = (value: number): Value => loss.graph.constant(Float32Array.of(value), [])
  const share = min(div(number(clip * (1 - slack)), max(norms, number(tiny))), number(1))
  const coefficients = mul(share, 1 / divisor)

  const found = new Map<Value | null | undefined, Value>()
  for (const { inputs, examples } of uses) {
    for (const [index, sum] of examples.weightedSums(coefficients).entries()) {
      if (sum) found.set(inputs[index], sum)
    }
  }
  const sums = targets.map(target => {
    const gradient = found.get(target)
    assert(gradient, `the loss does not depend on ${target.name}`)
    return gradient
  })
  return { sums, norms }
}

/** C is undercut by so much, because a sum of many squares in float32 may come out too small. */
const slack = 1e-5
/** Stands in for norms of zero: what they divide becomes 1. */
const tiny = 1e-30

interface Use {
  readonly inputs: Place['inputs']
  readonly examples: ExampleGradients
}

/** Where the targets are used. Each may be used once: norms of a sum are no sum of norms. */
function usesOf(loss: Value, targets: readonly Value[]): Use[] {
  const uses: Use[] = []
  const used = new Set<Value>()
  walkBack(loss, targets, place => {
    const own = place.inputs.map(input => input !== null && targets.includes(input))
    if (!own.includes(true)) return inputGradients(place)
    for (const target of place.inputs.filter((_, index) => own[index])) {
      if (used.has(target!)) throw withoutExampleRule(`the parameter ${target!.name} is used more than once`)
      used.add(target!)
    }
    uses.push({ inputs: place.inputs, examples: examplesAt({ ...place, wanted: own }) })
    const through = place.wanted.map((wanted, index) => wanted && !own[index])
    const passed = inputGradients({ ...place, wanted: through })
    return passed.map((gradient, index) => (through[index] ? gradient : null))
  })
  return uses
}

/** By the composite's own rule, or the one of the table; `wanted` says which inputs are targets. */
function examplesAt({ node, composite, cotangent, wanted }: Place): ExampleGradients {
  const { operator } = node
  if (composite?.examples) return composite.examples(cotangent)
  const rule = composite ? undefined : (exampleRules as Partial<Record<typeof operator, AnyRule>>)[operator]
  if (!rule) throw withoutExampleRule(`${operator} does not tell the gradients of single examples apart`)
  return rule(cotangent, {
    inputs: node.inputs as readonly Value[],
    output: node.outputs[0]!,
    attributes: node.attributes as never,
    wanted,
  })
}

type AnyRule = (cotangent: Value, at: RuleInput<never>) => ExampleGradients
