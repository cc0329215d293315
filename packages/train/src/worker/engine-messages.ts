import type { Recipe, RefusalCode } from '@consort/protocol'
import type { AnyExamples } from '@consort/records'
import type { TrainRequest, TrainResult } from '../executor/train-request.ts'
import type { FrozenTensors } from '../graph/graph.ts'
import type { Evaluation } from '../metrics/evaluate.ts'

/** What the main thread asks of the engine's thread. `on` names one of the data sets given at the start. */
export type EngineRequest = { readonly id: number } & (
  | {
      readonly kind: 'open'
      readonly recipe: Recipe
      readonly threads: number
      readonly data: Readonly<Record<string, AnyExamples>>
      readonly base?: FrozenTensors
    }
  | { readonly kind: 'train'; readonly on: string; readonly request: Omit<TrainRequest, 'onProgress'> }
  | { readonly kind: 'evaluate'; readonly on: string; readonly weights: Float32Array }
)

export type EngineReply = { readonly id: number } & EngineAnswer

export type EngineAnswer =
  | { readonly kind: 'opened' }
  | { readonly kind: 'progress'; readonly done: number }
  | { readonly kind: 'trained'; readonly result: TrainResult }
  | { readonly kind: 'evaluated'; readonly evaluation: Evaluation }
  | {
      readonly kind: 'error'
      readonly code: RefusalCode
      readonly message: string
      readonly hint?: string | undefined
    }
