import { sizeOf } from '../graph/shapes.ts'
import type { Layer } from './planned-layer.ts'

/** One tensor of weights and how it begins. */
export interface ParameterPlan {
  readonly name: string
  readonly shape: readonly number[]
  /**
   * Glorot, Bengio 2010: uniform within ±√(6/(in + out)). Biases begin at zero, scales at one, embeddings uniform
   * within ±√(3/d), so that a vector of d numbers is about as long as the 0/1 features that it stands for.
   */
  readonly initial:
    | { readonly kind: 'zeros' }
    | { readonly kind: 'ones' }
    | { readonly kind: 'glorot'; readonly fanIn: number; readonly fanOut: number }
    | { readonly kind: 'uniform'; readonly bound: number }
}

/** The weights of a layer called `name` for examples of `shape`, with PyTorch's names and shapes. */
export function parametersOf(name: string, layer: Layer, shape: readonly number[]): ParameterPlan[] {
  const weight = (size: readonly number[], initial: ParameterPlan['initial']): ParameterPlan => ({
    name: `${name}.weight`,
    shape: size,
    initial,
  })
  const bias = (size: readonly number[]): ParameterPlan => ({
    name: `${name}.bias`,
    shape: size,
    initial: { kind: 'zeros' },
  })
  switch (layer.kind) {
    case 'dense': {
      const fanIn = sizeOf(shape)
      const initial = { kind: 'glorot', fanIn, fanOut: layer.units } as const
      return [weight([layer.units, fanIn], initial), bias([layer.units])]
    }
    case 'conv': {
      const channels = shape[0]! / layer.groups
      const field = layer.kernel ** 2
      const fanOut = (layer.filters / layer.groups) * field
      const initial = { kind: 'glorot', fanIn: channels * field, fanOut } as const
      return [weight([layer.filters, channels, layer.kernel, layer.kernel], initial), bias([layer.filters])]
    }
    case 'layer-norm':
      return [weight(shape, { kind: 'ones' }), bias(shape)]
    case 'group-norm':
      return [weight([shape[0]!], { kind: 'ones' }), bias([shape[0]!])]
    case 'embedding': {
      const initial = { kind: 'uniform', bound: Math.sqrt(3 / layer.dimensions) } as const
      return [weight([layer.columns.rows, layer.dimensions], initial)]
    }
    case 'max-pool':
    case 'average-pool':
    case 'global-average-pool':
    case 'dropout':
    case 'residual': // those of its layers stand by themselves
      return []
  }
}
