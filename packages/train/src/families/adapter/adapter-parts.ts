import { Refusal } from '@consort/protocol'
import type { FrozenTensor, FrozenTensors, Graph, Value } from '../../graph/graph.ts'
import { sameShape } from '../../graph/shapes.ts'
import { mul } from '../../ops/elementwise.ts'
import { gemm } from '../../ops/linear.ts'
import type { AdapterPlan } from './adapter-plan.ts'
import type { Parts } from './networks/network.ts'

export interface AdapterParts extends Parts {
  /** What is trained, by name: inputs of the graph, in the order of the plan. */
  readonly parameters: ReadonlyMap<string, Value>
}

/**
 * What a network is put together from in `graph`: frozen tensors of the base, and products with their adapters. Throws
 * `weights-invalid` where the base does not have a tensor as its config says.
 */
export function createParts(plan: AdapterPlan, base: FrozenTensors, graph: Graph): AdapterParts {
  const shapes = new Map(plan.frozen.map(({ name, shape }) => [name, shape]))
  const made = new Map<string, Value>()
  const parameters = new Map(plan.parameters.map(({ name, shape }) => [name, graph.input(name, shape)]))
  const { rank, alpha } = plan.spec.lora

  const frozen = (name: string): Value => {
    const known = made.get(name)
    if (known) return known
    const value = graph.frozen(name, tensorOf(base, name, shapes.get(name)!))
    made.set(name, value)
    return value
  }
  return {
    parameters,
    frozen,
    // y = x·Wᵀ + b + (α/r)·(x·Aᵀ)·Bᵀ; the frozen part is what the last product adds to
    linear(x, name) {
      const { hasBias, isTransposed = false } = plan.linears.get(name)!
      const weight = frozen(`${name}.weight`)
      const given = gemm(x, weight, {
        transB: !isTransposed,
        ...(hasBias && { bias: frozen(`${name}.bias`) }),
      })
      const names = plan.adapted.get(name)
      if (!names) return given
      const low = mul(gemm(x, parameters.get(names.a)!, { transB: true }), alpha / rank)
      return gemm(low, parameters.get(names.b)!, { transB: true, bias: given })
    },
  }
}

function tensorOf(base: FrozenTensors, name: string, shape: readonly number[]): FrozenTensor {
  const found = Object.hasOwn(base, name) ? base[name] : undefined
  if (found && sameShape(found.shape, shape)) return found
  const why = found ? `is [${found.shape}], not [${shape}] as its config says` : 'is missing'
  throw new Refusal('weights-invalid', `${name} of the base model ${why}`, {
    hint: 'Add the base again from where it was published, and compare its digest with the agreed one.',
  })
}
