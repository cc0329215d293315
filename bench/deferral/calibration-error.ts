import { applyTemperature, expectedCalibrationError, fitTemperature } from '@consort/agents'
import { classes } from '../guarantee/cifar-files.ts'
import { type Material, rowsOf, type Split } from './split.ts'

/** Labels of images (not of people) that the calibration may see. */
const labelsSeen = 500

/**
 * ECE over 15 bins of equal mass on the test images, after a temperature for the first model was fitted on 500 labels.
 */
export function calibrationErrorOf({ opinions, labels }: Material, { calibration, test }: Split): number {
  const seen = calibration.subarray(0, labelsSeen)
  const logitsOf = (chosen: Int32Array) => ({ logits: rowsOf(opinions[0]!, chosen), classes })
  const { temperature } = fitTemperature(
    logitsOf(seen),
    Uint8Array.from(seen, image => labels[image]!),
  )
  const probabilities = applyTemperature(logitsOf(test), temperature)
  const judged = Array.from(test, (image, row) => {
    const mine = probabilities.subarray(row * classes, (row + 1) * classes)
    const confidence = Math.max(...mine)
    return { confidence, isRight: mine.indexOf(confidence) === labels[image] }
  })
  return expectedCalibrationError(
    judged.map(({ confidence }) => confidence),
    judged.map(({ isRight }) => isRight),
  )
}
