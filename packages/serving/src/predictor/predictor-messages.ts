import type { Recipe, RefusalCode } from '@consort/protocol'

/** A model: an exported file, or weights with the recipe that says what they are. */
export type ModelSource =
  | { readonly onnx: Uint8Array }
  | { readonly recipe: Recipe; readonly weights: Float32Array }

/** What the worker is born with. */
export interface PredictorSetup {
  readonly source: ModelSource
  /** Of one input, without the batch. */
  readonly inputShape: readonly number[]
  readonly threads: number
}

/** One at a time: the next one is sent when the last has been answered. */
export interface PredictorRequest {
  readonly inputs: Float32Array
  readonly rows: number
}

export type PredictorReply =
  | { readonly kind: 'opened' }
  | { readonly kind: 'scored'; readonly scores: Float32Array }
  | { readonly kind: 'error'; readonly code: RefusalCode; readonly message: string }
