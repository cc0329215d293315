import type { Value } from '../../../graph/graph.ts'
import type { RotaryTables } from '../../../transformer/rotary.ts'

/** A product x·Wᵀ + b of a base model, which an adapter may change. */
export interface LinearPlan {
  /** As Hugging Face names it, without `.weight`. */
  readonly name: string
  readonly inputs: number
  readonly outputs: number
  readonly hasBias: boolean
  /** W lies as [inputs, outputs], as in gpt2. */
  readonly isTransposed?: boolean
}

export interface FrozenPlan {
  readonly name: string
  readonly shape: readonly number[]
}

/** What a network is put together from. */
export interface Parts {
  frozen(name: string): Value
  /** The product called `name` for rows x [N, inputs], with its adapter where it has one. */
  linear(x: Value, name: string): Value
}

export interface Heads {
  /** [B, heads, T, d] */
  readonly queries: Value
  /** [B, groups, T, d] */
  readonly keys: Value
  readonly values: Value
}

export interface Tokens {
  /** [B, T] int64 */
  readonly ids: Value
  /** [B, T] of 1 and 0, for networks that look ahead: made where it is asked for. */
  keep(): Value
  /** What replaces attention among the tokens themselves: the same with tokens that came before, [B, heads, T, d]. */
  readonly attend?: (layer: number, heads: Heads) => Value
  /** What replaces the angles of the places 0 to T − 1. */
  readonly tables?: RotaryTables
}

/** A base model by its config. */
export interface NetworkPlan {
  readonly linears: readonly LinearPlan[]
  /** All tensors of the base that are not of `linears`. */
  readonly frozen: readonly FrozenPlan[]
  /** The frozen table of which the scores of the next token are made; null where there is none. */
  readonly scores: string | null
  /** What Hugging Face's models with an output layer put before the names. */
  readonly prefix: string
  /** Tokens look at later ones too, so padding has to be told apart. */
  readonly looksAhead: boolean
  /** Hugging Face's name of the output layer of a classifier, and whether it has a bias. */
  readonly head: { readonly name: string; readonly hasBias: boolean }
  /** [B·T, hidden], what the last layer says of each token. */
  forward(parts: Parts, tokens: Tokens): Value
}
