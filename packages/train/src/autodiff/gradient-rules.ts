import type { DifferentiableName } from '../graph/operators.ts'
import type { GradientRules } from './rule.ts'
import { elementwiseRules } from './rules/elementwise.ts'
import { linearRules } from './rules/linear.ts'
import { movementRules } from './rules/movement.ts'
import { reductionRules } from './rules/reduction.ts'
import { windowRules } from './rules/window.ts'

/** Total over the differentiable operators: one without a rule does not compile. */
export const gradientRules: GradientRules<DifferentiableName> = {
  ...elementwiseRules,
  ...movementRules,
  ...reductionRules,
  ...linearRules,
  ...windowRules,
}
