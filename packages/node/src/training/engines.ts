import type { Recipe } from '@consort/protocol'
import type { AnyExamples, Evaluation, FrozenTensors, TrainRequest, TrainResult } from '@consort/train'
import type { openEngine } from '@consort/train/engine'

/** What does the numbers. The engine of `train` is one; tests and other trainers bring their own. */
export interface NodeEngine extends AsyncDisposable {
  train(on: 'train' | 'evaluation', request: TrainRequest, signal?: AbortSignal): Promise<TrainResult>
  evaluate(on: 'train' | 'evaluation', weights: Float32Array, signal?: AbortSignal): Promise<Evaluation>
}

export type OpenNodeEngine = (setup: {
  recipe: Recipe
  threads: number
  data: Record<'train' | 'evaluation', AnyExamples>
  /** Of the recipe's base model, if it has one. */
  base?: FrozenTensors
}) => Promise<NodeEngine>

/** The default: loaded when there is first work, since ONNX Runtime takes its time. */
export const openTrainEngine: OpenNodeEngine = async setup => {
  const { openEngine: open }: { openEngine: typeof openEngine } = await import('@consort/train/engine')
  return await open(setup)
}

export interface EngineNeeds {
  /** Names recipe, data and threads: with the same ones, the engine that is open serves again. */
  readonly key: string
  readonly open: () => Promise<NodeEngine>
}

/** Keeps one engine open, because rounds of one run follow each other. */
export interface EngineSlot extends AsyncDisposable {
  /** Uses the engine; one that fails or is stopped is not used again. */
  use<T>(needs: EngineNeeds, work: (engine: NodeEngine) => Promise<T>): Promise<T>
}

/** Starts with no engine open. */
export function createEngineSlot(): EngineSlot {
  let held: { key: string; engine: NodeEngine } | undefined
  const drop = async (): Promise<void> => {
    const dropped = held
    held = undefined
    await dropped?.engine[Symbol.asyncDispose]()
  }
  return {
    async use({ key, open }, work) {
      if (held?.key !== key) {
        await drop()
        held = { key, engine: await open() }
      }
      try {
        return await work(held.engine)
      } catch (error) {
        await drop()
        throw error
      }
    },
    [Symbol.asyncDispose]: drop,
  }
}
