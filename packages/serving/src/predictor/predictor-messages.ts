import type { Recipe, RefusalCode } from '@consort/protocol'

/** A model: an exported file, or weights with the recipe that says what they are. */
export type ModelSource =
  | { readonly onnx: Uint8Array }
  | { readonly recipe: Recipe; readonly weights: Float32Array }

/** What a model can be asked for: the logits of its classes, or what its last layer is given. */
export type ModelOutput = 'scores' | 'embedding'

/** What a thread is born with. */
export interface ThreadSetup {
  /** For one batch. */
  readonly threads: number
}

/** Each is answered once, under its ticket; a thread does one after the other. */
export type ThreadRequest = { readonly ticket: number; readonly model: number } & (
  | {
      readonly kind: 'load'
      readonly source: ModelSource
      /** Of one input, without the batch. */
      readonly inputShape: readonly number[]
    }
  | {
      readonly kind: 'run'
      readonly output: ModelOutput
      readonly inputs: Float32Array
      readonly rows: number
    }
  | { readonly kind: 'unload' }
)

export type ThreadReply = { readonly ticket: number } & (
  | { readonly kind: 'done' }
  | { readonly kind: 'values'; readonly values: Float32Array }
  | { readonly kind: 'error'; readonly code: RefusalCode; readonly message: string }
)
