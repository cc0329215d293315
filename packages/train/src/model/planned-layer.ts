import type { ModelSpec } from '@consort/protocol'
import type { EmbeddedColumns } from './embedding.ts'
export type LayerSpec = Extract<ModelSpec, { layers: unknown }>['layers'][number]

export type EmbeddingSpec = Extract<LayerSpec, { kind: 'embedding' }>

type ResidualSpec = Extract<LayerSpec, { kind: 'residual' }>

/** A recipe's layer: an embedding with the columns that it finds, a residual with its layers planned. */
export type Layer =
  | Exclude<LayerSpec, EmbeddingSpec | ResidualSpec>
  | (EmbeddingSpec & { readonly columns: EmbeddedColumns })
  | Residual

export interface Residual extends Pick<ResidualSpec, 'kind' | 'activation'> {
  readonly layers: readonly PlannedLayer[]
  readonly shortcut: readonly PlannedLayer[]
}

/** A layer with everything inferred. Shapes leave out the batch. */
export interface PlannedLayer {
  readonly layer: Layer & { readonly name: string }
  readonly inputShape: readonly number[]
  readonly outputShape: readonly number[]
}
