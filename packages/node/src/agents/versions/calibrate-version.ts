import { type AgentView, type Recipe, Refusal } from '@consort/protocol'
import { currentDataset } from '../../datasets/find-dataset.ts'
import { loadExamples } from '../../datasets/load.ts'
import { checkTrials } from '../../ledgers/check-exempt.ts'
import type { AgentContext } from '../context.ts'
import { type Calibration, type CalibrationRules, calibrate } from '../promise/calibrate.ts'
import { fetchVersion } from './versions.ts'

/** A version that may be served here, as its held-out records calibrate it. */
export interface NewCalibration {
  readonly calibration: Calibration
  readonly recipe: Recipe
  /** The data card of the records. */
  readonly card: string
}

/**
 * Brings a version here and calibrates it on this node's own held-out records of a data set. Each look at them spends its
 * own δ. Throws `not-found`, `data-mismatch`, and what reading the records refuses.
 */
export async function calibrateVersion(
  context: AgentContext,
  version: AgentView['version'],
  promise: CalibrationRules & Pick<AgentView, 'dataset'>,
): Promise<NewCalibration> {
  const dataset = await currentDataset(context, promise.dataset)
  if (!dataset) {
    throw new Refusal('not-found', `No data set named ${promise.dataset} is registered here`, {
      hint: 'Register one with `consort dataset add`: its held-out records calibrate the agent.',
    })
  }
  await checkTrials(context, dataset.id)
  const { recipe } = await fetchVersion(context, version)
  if (recipe.task.kind !== 'classification') {
    throw new Refusal('data-mismatch', `${recipe.name} predicts numbers, and agents answer with classes`, {
      hint: 'Serve a version whose recipe has `task.kind: classification`.',
    })
  }
  const { evaluation } = await loadExamples(context, dataset.id, recipe)
  const calibration = await context.predictors.use(version, predictor =>
    calibrate(predictor, evaluation, promise, { key: context.splitKey, source: dataset.digest }),
  )
  return { calibration, recipe, card: dataset.id }
}
