import type { Readings } from '@consort/data'
import type { Logger } from 'pino'
import { type GrowContext, growDataset } from '../cards/grow.ts'
import { currentDataset } from '../datasets/find-dataset.ts'
import { labelledCases } from '../datasets/labelled-cases.ts'
import { loadExamples } from '../datasets/load.ts'
import { checkTrials } from '../ledgers/check-exempt.ts'
import type { GuardedRecords } from '../ledgers/guarded-records.ts'
import { embedExamples } from './review/embedded-examples.ts'
import { createKeptExamples, type KeptExamples } from './review/kept-examples.ts'
import type { NearestContext } from './review/list-nearest.ts'
import type { ReviewContext } from './review/review-context.ts'
import type { FindTrialData } from './versions/trial-data.ts'

/** What agents need of the data sets that are registered here. */
export interface TrainingData extends Pick<NearestContext, 'currentDataset'>, Pick<ReviewContext, 'grow'> {
  readonly trialData: FindTrialData
  readonly examples: KeptExamples
}

/** What giving agents the registered data sets needs. */
export interface TrainingDataContext extends GrowContext {
  readonly readings: Readings
  readonly guarded: GuardedRecords
  readonly log: Pick<Logger, 'warn'>
}

/**
 * Gives agents the registered data sets: to be calibrated on, to show to experts, and to grow by answered cases, of
 * which the hub is then told.
 */
export function trainingData(node: TrainingDataContext, tellHub: () => void): TrainingData {
  const current = (name: string) => currentDataset(node, name)
  return {
    currentDataset: current,
    async trialData(name) {
      const row = await current(name)
      if (!row) return undefined
      await checkTrials(node, row.id)
      return { card: row.id, digest: row.digest, load: recipe => loadExamples(node, row.id, recipe) }
    },
    examples: createKeptExamples({
      now: node.now,
      embed: (row, predictor) => embedExamples(node, row, predictor),
      answeredCases: dataset => labelledCases(node, dataset, 'train'),
    }),
    async grow(dataset) {
      await growDataset(node, dataset).catch(error =>
        node.log.warn({ dataset, error: String(error) }, 'dataset-not-grown'),
      )
      tellHub()
    },
  }
}
