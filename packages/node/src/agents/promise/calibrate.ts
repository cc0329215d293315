import {
  type CalibrationRules,
  calibrateVersion,
  calibrationHalves,
  type StartOfEvidence,
} from '@consort/agents'
import type { Predictor } from '@consort/serving'
import type { Examples } from '@consort/train'

/** Scores the records that training did not see, and calibrates the version on them: see `calibrateVersion`. */
export async function calibrate(
  predictor: Predictor,
  heldOut: Examples | undefined,
  rules: CalibrationRules,
  { key, source }: { key: Uint8Array; source: string },
): Promise<StartOfEvidence> {
  const { recipe, classes } = predictor
  const scored = heldOut ? await score(predictor, heldOut, key) : nothing
  return calibrateVersion({ ...scored, classes, source }, rules, recipe)
}

async function score(predictor: Predictor, heldOut: Examples, key: Uint8Array) {
  return {
    logits: await scoreAll(predictor, heldOut),
    labels: heldOut.labels,
    halves: calibrationHalves(heldOut, key),
  }
}

const nothing = {
  logits: new Float32Array(0),
  labels: [],
  halves: { probabilities: new Int32Array(0), gate: new Int32Array(0) },
}

const rowsAtOnce = 256

async function scoreAll(predictor: Predictor, { count, inputs }: Examples): Promise<Float32Array> {
  const size = inputs.length / count
  const logits = new Float32Array(count * predictor.classes.length)
  for (let from = 0; from < count; from += rowsAtOnce) {
    const rows = Math.min(rowsAtOnce, count - from)
    const part = Float32Array.from(inputs.subarray(from * size, (from + rows) * size))
    logits.set(await predictor.score(part, rows), from * predictor.classes.length)
  }
  return logits
}
