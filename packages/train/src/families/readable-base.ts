import type { Place } from '../graph/graph.ts'

/** A base model as it lies on disk, with Hugging Face's names. */
export interface ReadableBase {
  tensor(name: string): {
    readonly dtype: string
    readonly shape: readonly number[]
    readonly place: Place
    /** The rows lie in another order than the shape says; `read` gives them in the right one. */
    readonly pairedHeads?: number
  }
  read(name: string): Promise<Float32Array>
}
