import { z } from 'zod'
import { type Calibrator, calibratorSchema } from '../calibration/calibrator.ts'
import {
  conformalFitOf,
  type KeptConformalFit,
  keptConformalFit,
  keptConformalFitSchema,
} from '../conformal/conformal-fit-schema.ts'
import type { ConformalFit } from '../conformal/conformal-set.ts'

/** How a version makes probabilities: fitted on other records than those that its gate has seen. */
export interface VersionCalibration {
  readonly calibrator: Calibrator
  /** Null without records: every class may be right then. */
  readonly conformal: ConformalFit | null
  /** Held-out records for all of it, the gate included. */
  readonly records: number
  /** Confidences, ascending, of the records that gave the thresholds. */
  readonly confidences: readonly number[]
  /** Digest of the file whose records were held out: a withdrawn promise takes nothing from these again. */
  readonly source: string
  /** δ of one guarantee for one policy: less than the agent's where it has more than one chance to break. */
  readonly delta: number
}

/** A calibration as JSON can hold it. */
export type KeptCalibration = Omit<VersionCalibration, 'conformal'> & {
  readonly conformal: KeptConformalFit | null
}

/** How it is kept as JSON. */
export const keptCalibrationSchema = z.object({
  calibrator: calibratorSchema,
  conformal: keptConformalFitSchema.nullable().default(null),
  records: z.int(),
  confidences: z.array(z.number()),
  source: z.string(),
  delta: z.number(),
}) satisfies z.ZodType<KeptCalibration>

/** Turns a calibration into what is kept of it. */
export function keptCalibration({ conformal, ...rest }: VersionCalibration): KeptCalibration {
  return { ...rest, conformal: conformal && keptConformalFit(conformal) }
}

/** Turns what was kept of a calibration into the calibration. */
export function calibrationOf({ conformal, ...rest }: KeptCalibration): VersionCalibration {
  return { ...rest, conformal: conformal && conformalFitOf(conformal) }
}
