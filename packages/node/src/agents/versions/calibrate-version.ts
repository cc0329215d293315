import type { CalibrationRules, StartOfEvidence } from '@consort/agents'
import { type AgentView, type Recipe, Refusal } from '@consort/protocol'
import { calibrate } from '../promise/calibrate.ts'
import { type FetchContext, fetchVersion } from './fetch-version.ts'
import type { Predictors } from './predictors.ts'
import type { FindTrialData } from './trial-data.ts'

/** What calibrating a version needs. */
export interface VersionsContext extends FetchContext {
  readonly predictors: Pick<Predictors, 'use'>
  readonly trialData: FindTrialData
  /** Decides which records calibrate what; stays at the node. */
  readonly splitKey: Uint8Array
}

/** A version that may be served here, as its held-out records calibrate it. */
export interface NewCalibration {
  readonly calibration: StartOfEvidence
  readonly recipe: Recipe
  /** The data card of the records. */
  readonly card: string
}

/** Calibrates a version for an agent's promise. */
export type CalibrateVersion = (
  version: AgentView['version'],
  promise: CalibrationRules & Pick<AgentView, 'dataset'>,
) => Promise<NewCalibration>

/**
 * Makes what brings a version here and calibrates it on this node's own held-out records of a data set. Each look at
 * them spends its own δ. It throws `not-found`, `data-mismatch`, and what reading the records refuses.
 */
export function createCalibrateVersion(context: VersionsContext): CalibrateVersion {
  return async (version, promise) => {
    const data = await context.trialData(promise.dataset)
    if (!data) {
      throw new Refusal('not-found', `No data set named ${promise.dataset} is registered here`, {
        hint: 'Register one with `consort dataset add`: its held-out records calibrate the agent.',
      })
    }
    const { recipe } = await fetchVersion(context, version)
    if (recipe.task.kind !== 'classification') {
      throw new Refusal('data-mismatch', `${recipe.name} predicts numbers, and agents answer with classes`, {
        hint: 'Serve a version whose recipe has `task.kind: classification`.',
      })
    }
    const { evaluation } = await data.load(recipe)
    const draws = { key: context.splitKey, source: data.digest }
    const calibration = await context.predictors.use(version, predictor =>
      calibrate(predictor, evaluation, promise, draws),
    )
    return { calibration, recipe, card: data.card }
  }
}
