import type { Value } from '../graph/graph.ts'
import type { DifferentiableName, DifferentiableOperators } from '../graph/operators.ts'

/** A node as its gradient rule sees it. */
export interface RuleInput<O extends DifferentiableName> {
  readonly inputs: readonly Value[]
  readonly output: Value
  readonly attributes: DifferentiableOperators[O]
  /** Which inputs need a gradient; a rule may skip the work for the others. */
  readonly wanted: readonly boolean[]
}

/**
 * From the gradient of the loss with respect to a node's output, the gradients with respect to its inputs. Pure:
 * it only adds nodes. A gradient may have the output's shape where the input broadcast; the walk sums it back.
 */
export type GradientRule<O extends DifferentiableName> = (
  cotangent: Value,
  at: RuleInput<O>,
) => readonly (Value | null)[]

export type GradientRules<O extends DifferentiableName> = { readonly [K in O]: GradientRule<K> }
