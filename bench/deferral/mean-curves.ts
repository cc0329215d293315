import { type AskingRule, type Curve, curveOf, fitRule, labelsAt, thresholds } from './asking.ts'
import { calibrationErrorOf } from './calibration-error.ts'
import { drawSplit, type Material } from './split.ts'

/** Means over splits. */
export interface RuleOutcome {
  readonly curve: Curve
  /** At the threshold that each split chose on its calibration images alone. */
  readonly chosen: { readonly labels: number; readonly right: number }
}

const accuracyWanted = 0.98

/** Follows a rule through all splits. Every rule sees the same splits and the same people in the same order. */
export function meanOutcome(rule: AskingRule, material: Material, splits: number): RuleOutcome {
  const labels = new Float64Array(thresholds.length)
  const right = new Float64Array(thresholds.length)
  const chosen = { labels: 0, right: 0 }
  for (let seed = 1; seed <= splits; seed++) {
    const split = drawSplit(material, seed)
    const fitted = fitRule(rule, material, split)
    const calibration = curveOf(fitted, split.calibration, material, split)
    const test = curveOf(fitted, split.test, material, split)
    const found = calibration.right.findIndex(share => share >= accuracyWanted)
    const step = found === -1 ? thresholds.length - 1 : found
    chosen.labels += test.labels[step]! / splits
    chosen.right += test.right[step]! / splits
    for (let index = 0; index < thresholds.length; index++) {
      labels[index]! += test.labels[index]! / splits
      right[index]! += test.right[index]! / splits
    }
  }
  return { curve: { labels, right }, chosen }
}

/** The curve in words: labels an item at a few accuracies. */
export function tellCurve({ curve, chosen }: RuleOutcome): string {
  const points = [0.97, 0.975, 0.98, 0.985].map(
    accuracy => `${(100 * accuracy).toFixed(1)} % at ${labelsAt(curve, accuracy).toFixed(3)}`,
  )
  const operating = `with t chosen on the calibration images ${(100 * chosen.right).toFixed(2)} % at ${chosen.labels.toFixed(3)}`
  return `${points.join(', ')}; ${operating}`
}

export function meanCalibrationError(material: Material, splits: number): number {
  let sum = 0
  for (let seed = 1; seed <= splits; seed++) {
    sum += calibrationErrorOf(material, drawSplit(material, seed))
  }
  return sum / splits
}
