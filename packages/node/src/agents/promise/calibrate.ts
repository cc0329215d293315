import {
  type CalibrationRules,
  calibrateVersion,
  calibrationHalves,
  type StartOfEvidence,
} from '@consort/agents'
import type { Predictor } from '@consort/serving'
import { type AnyExamples, type Examples, inputRows } from '@consort/train'

/** Scores the records that training did not see, and calibrates the version on them: see `calibrateVersion`. */
export async function calibrate(
  predictor: Predictor,
  heldOut: AnyExamples | undefined,
  rules: CalibrationRules,
  { key, source }: { key: Uint8Array; source: string },
): Promise<StartOfEvidence> {
  const { recipe, classes } = predictor
  const scored = heldOut ? await score(predictor, heldOut, key) : nothing
  return calibrateVersion({ ...scored, classes, source }, rules, recipe)
}

async function score(predictor: Predictor, found: AnyExamples, key: Uint8Array) {
  const heldOut = encoded(found)
  return {
    logits: await scoreAll(predictor, heldOut),
    labels: heldOut.labels,
    halves: calibrationHalves(heldOut, key),
  }
}

/** With the numbers of all records: their halves are drawn by them. */
function encoded(examples: AnyExamples): Examples {
  const { inputs } = examples
  return { ...examples, inputs: 'length' in inputs ? inputs : inputRows(examples) }
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
