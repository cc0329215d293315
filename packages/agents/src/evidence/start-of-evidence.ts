import type { HeldOutLabel } from './held-out-label.ts'
import type { VersionCalibration } from './version-calibration.ts'

/** What held-out records give a new guarantee to start with. */
export interface StartOfEvidence {
  readonly calibration: VersionCalibration
  /** Fixed without the labels of `heldOut`, or of any case to come. */
  readonly thresholds: readonly number[]
  /** In an order that says nothing. */
  readonly heldOut: readonly HeldOutLabel[]
}
