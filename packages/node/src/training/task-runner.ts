import { Refusal } from '@consort/protocol'
import type { AcceptedTask } from '../hub/accepted-task.ts'
import type { EngineNeeds, EngineSlot, OpenNodeEngine } from './engines.ts'
import type { LoadExamples } from './load-examples.ts'
import { type OpenRecipeBase, openWithBase } from './recipe-base.ts'
import type { WeightsSource } from './weights.ts'

/** What work needs beside the context. */
export interface TaskRunner {
  readonly slot: EngineSlot
  readonly open: OpenNodeEngine
  readonly openBase: OpenRecipeBase
  readonly weights: WeightsSource
  readonly load: LoadExamples
}

/** A runner for one task. `unwanted` is aborted when the hub says that nobody waits for the result any more. */
export interface TaskScope extends TaskRunner {
  readonly unwanted: AbortController
  readonly signal: AbortSignal
}

/** Which engine a task needs, and how it is opened. */
export function engineNeeds(
  { open, openBase, load }: TaskRunner,
  { task, recipe, policy }: AcceptedTask,
): EngineNeeds {
  const { threads } = policy.cpu
  return {
    key: `${task.recipe} ${task.card} ${threads}`,
    open: () =>
      openWithBase(recipe, openBase, async ({ tokenize, ...base }) => {
        const { train: own, evaluation } = await load(task.card, recipe, tokenize)
        const none = { count: 0, inputShape: [], inputs: new Float32Array(), labels: new Float32Array() }
        if (task.work === 'train' && !own)
          throw new Refusal('split-empty', 'There are no examples to train on')
        const data = { train: own ?? none, evaluation: evaluation ?? none }
        return await open({ recipe, threads, data, ...base })
      }),
  }
}
