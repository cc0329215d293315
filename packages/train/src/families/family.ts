import type { AdapterSpec, Digest, Entropy, Recipe, TensorLayout } from '@consort/protocol'
import type { AnyExamples } from '@consort/records'
import type { Scorer } from '../executor/scorer.ts'
import type { Trainer } from '../executor/trainer.ts'
import type { FrozenTensors } from '../graph/graph.ts'
import type { Decoder, DecoderSetup } from './text-decoder.ts'

/** What hub, federation and node see of what a recipe trains: named tensors, and nothing of how they are made. */
export interface TrainedParts {
  /** The tensors that travel, in their order. */
  readonly layout: TensorLayout
  /**
   * Digest of all that is part of the model, but is not trained and never travels, such as a base model; null where
   * everything is trained. Two nodes train the same model only if it is equal.
   */
  readonly frozen: Digest | null
  /** The weights that a run begins with: equal seeds, equal weights. */
  initialWeights(seed: number): Float32Array<ArrayBuffer>
  /** The same piece by piece: each call fills all of `into` with the weights that come next. */
  drawWeights(seed: number): (into: Float32Array<ArrayBuffer>) => void
}

export interface EngineOptions {
  readonly threads?: number
  /** In place of the operating system's randomness, for tests. */
  readonly entropy?: Entropy
  /** The tensors of the base model, for families that have one. */
  readonly base?: FrozenTensors | undefined
}

export type FamilyTrainer = Pick<Trainer, 'train' | 'close'>
export type FamilyScorer = Scorer

/** Runs a family's models: what loads ONNX Runtime or starts a program. */
export interface FamilyEngine {
  openTrainer(recipe: Recipe, examples: AnyExamples, options?: EngineOptions): Promise<FamilyTrainer>
  openScorer(recipe: Recipe, examples: AnyExamples, options?: EngineOptions): Promise<FamilyScorer>
  /** Where models write texts. */
  openDecoder?(spec: AdapterSpec, setup: DecoderSetup): Promise<Decoder>
}

export interface ExportOptions {
  /** Also an output of what the last layer is given. */
  readonly embedding?: boolean
}

/** One way to make a model from a recipe's `model`. */
export interface ModelFamily {
  /** Throws `recipe-invalid` with the path of what does not fit. */
  describe(recipe: Recipe): TrainedParts
  /**
   * The model as an ONNX file for any runtime; `exportModel` says what goes in and comes out. `weights` are in the
   * order of the layout; recipe and version travel in the metadata. Throws `too-large` where an ONNX file cannot hold
   * it.
   */
  exportModel(recipe: Recipe, weights: Float32Array, version: string, options?: ExportOptions): Uint8Array
  /** Loaded when something is first trained or scored: the hub never does. */
  loadEngine(): Promise<FamilyEngine>
}
