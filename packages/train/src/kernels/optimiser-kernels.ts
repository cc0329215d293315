import { add, div, type Kernel, load, mul, scalar, sqrt, sub } from './expression.ts'

const parameter = load('parameter')
const gradient = load('gradient')
const moment = load('moment')
const square = load('square')
const rate = scalar('rate')
const decay = scalar('decay')

/** g + λ·w: the gradient of the loss with an L2 penalty. */
const penalised = add(gradient, mul(decay, parameter))

function momentumStep(nesterov: boolean): Kernel {
  const velocity = add(mul(scalar('momentum'), moment), penalised)
  const step = nesterov ? add(penalised, mul(scalar('momentum'), velocity)) : velocity
  return {
    pointers: ['parameter', 'gradient', 'moment'],
    scalars: ['rate', 'decay', 'momentum'],
    stores: [
      { pointer: 'parameter', value: sub(parameter, mul(rate, step)) },
      { pointer: 'moment', value: velocity },
    ],
  }
}

/** Adam (Kingma, Ba 2015, algorithm 1). `decoupled` shrinks the weights apart (Loshchilov, Hutter 2019). */
function adamStep(decoupled: boolean): Kernel {
  const g = decoupled ? gradient : penalised
  const first = add(mul(scalar('beta1'), moment), mul(scalar('rest1'), g))
  const second = add(mul(scalar('beta2'), square), mul(scalar('rest2'), mul(g, g)))
  // rate = η/(1 − β₁ᵗ), correction = 1/√(1 − β₂ᵗ)
  const step = div(mul(rate, first), add(mul(sqrt(second), scalar('correction')), scalar('epsilon')))
  const base = decoupled ? sub(parameter, mul(scalar('shrink'), parameter)) : parameter
  return {
    pointers: ['parameter', 'gradient', 'moment', 'square'],
    scalars: [
      'rate',
      decoupled ? 'shrink' : 'decay',
      'beta1',
      'rest1',
      'beta2',
      'rest2',
      'correction',
      'epsilon',
    ],
    stores: [
      { pointer: 'parameter', value: sub(base, step) },
      { pointer: 'moment', value: first },
      { pointer: 'square', value: second },
    ],
  }
}

/** One pass over parameters, gradients and state each. */
export const optimiserKernels = {
  /** w ← w − η·(g + λw) */
  sgd: {
    pointers: ['parameter', 'gradient'],
    scalars: ['rate', 'decay'],
    stores: [{ pointer: 'parameter', value: sub(parameter, mul(rate, penalised)) }],
  },
  momentum: momentumStep(false),
  nesterov: momentumStep(true),
  adam: adamStep(false),
  adamw: adamStep(true),
  /** g ← g + p: one part of a batch after the other. */
  accumulate: {
    pointers: ['gradient', 'part'],
    scalars: [],
    stores: [{ pointer: 'gradient', value: add(gradient, load('part')) }],
  },
  /** g ← g + μ·(w − w₀): the gradient of FedProx's penalty (Li et al. 2020, eq. 2). */
  proximal: {
    pointers: ['gradient', 'parameter', 'anchor'],
    scalars: ['mu'],
    stores: [
      { pointer: 'gradient', value: add(gradient, mul(scalar('mu'), sub(parameter, load('anchor')))) },
    ],
  },
} as const satisfies Record<string, Kernel>
