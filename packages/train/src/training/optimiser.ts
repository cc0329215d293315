import type { OptimiserSpec } from '@consort/protocol'
import { compileKernels } from '../kernels/compile.ts'
import { optimiserKernels } from '../kernels/optimiser-kernels.ts'
import type {} from '../kernels/web-assembly.ts'
import type { ParameterMemory } from './parameter-memory.ts'

export interface Optimiser {
  /** Moves the parameters against the gradients; `rate` is the learning rate of this step. */
  step(rate: number): void
  /** Adds a part's gradients to the gradients. */
  addPart(): void
  /** Adds μ·(w − w₀) to the gradients, w₀ being the anchor. */
  addProximal(mu: number): void
  /** Forgets moments and the step count. */
  reset(): void
}

type KernelFunction = (...pointersCountAndScalars: number[]) => void

/** An optimiser over all parameters at once; each step is one pass over memory. */
export function createOptimiser(spec: OptimiserSpec, memory: ParameterMemory): Optimiser {
  const module = new WebAssembly.Module(compileKernels(optimiserKernels))
  const { exports } = new WebAssembly.Instance(module, { env: { memory: memory.wasm } })
  const kernels = exports as Record<keyof typeof optimiserKernels, KernelFunction>
  const { parameters, gradients, moments, squares, anchor, part } = memory.offsets
  let steps = 0

  const move = (rate: number): void => {
    if (spec.kind === 'sgd') {
      const { momentum, nesterov, weightDecay } = spec
      if (momentum === 0) kernels.sgd(parameters, gradients, memory.padded, rate, weightDecay)
      else {
        const kernel = nesterov ? kernels.nesterov : kernels.momentum
        kernel(parameters, gradients, moments!, memory.padded, rate, weightDecay, momentum)
      }
      return
    }
    const { beta1, beta2, epsilon, weightDecay } = spec
    const corrected = rate / (1 - beta1 ** steps)
    const correction = 1 / Math.sqrt(1 - beta2 ** steps)
    const scalars = [beta1, 1 - beta1, beta2, 1 - beta2, correction, epsilon]
    const arrays = [parameters, gradients, moments!, squares!, memory.padded]
    if (spec.kind === 'adam') kernels.adam(...arrays, corrected, weightDecay, ...scalars)
    else kernels.adamw(...arrays, corrected, rate * weightDecay, ...scalars)
  }

  return {
    step(rate) {
      steps += 1
      move(rate)
    },
    addPart: () => kernels.accumulate(gradients, part!, memory.padded),
    addProximal: mu => kernels.proximal(gradients, parameters, anchor!, memory.padded, mu),
    reset() {
      steps = 0
      memory.moments?.fill(0)
      memory.squares?.fill(0)
    },
  }
}

/** How many float arrays of the model's size an optimiser keeps beside parameters and gradients. */
export function stateArraysOf(spec: OptimiserSpec): { moments: boolean; squares: boolean } {
  if (spec.kind === 'sgd') return { moments: spec.momentum > 0, squares: false }
  return { moments: true, squares: true }
}
