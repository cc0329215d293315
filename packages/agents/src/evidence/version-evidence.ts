import type { AgentView, Id } from '@consort/protocol'
import type { ErrorWatch } from '../drift/error-watch.ts'
import type { ExchangeabilityWatch } from '../drift/exchangeability-watch.ts'
import type { Guarantee } from '../gate/guarantee.ts'
import type { HeldOutLabel } from './held-out-label.ts'
import type { VersionCalibration } from './version-calibration.ts'

/** What an agent knows of a version that it serves or tries out: its calibration, and the life of its promise. */
export interface CalibratedVersion {
  readonly agent: string
  readonly version: Id<'version'>
  /** When it was calibrated: answers name it. */
  readonly calibrated: string
  readonly calibration: VersionCalibration
  readonly guarantee: Guarantee
  /** Counts the guarantees of this agent. */
  readonly number: number
  readonly began: string
  readonly after: AgentView['guarantee']['after']
  /** Of the policy: see `gate/decision-rules.ts`. */
  readonly stage: number
  /** The last case whose label was weighed, and the last answer, looked at by a person, that the watch has seen. */
  readonly weighedTo: Id<'case'> | null
  readonly watchedTo: Id<'case'> | null
  readonly errorWatch: ErrorWatch
}

/** What is read and written with it only where labels are weighed anew. */
export interface VersionEvidence extends CalibratedVersion {
  readonly heldOut: readonly HeldOutLabel[]
  /** Decided since the version was put; how fast β grows goes by it. */
  readonly cases: number
  readonly populationWatch: ExchangeabilityWatch
}
