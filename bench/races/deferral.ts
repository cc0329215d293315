import { initialWeights, planModel } from '@consort/train'
import { openScorer } from '@consort/train/engine'
import { askingRules, labelsAt, shareAudited } from '../deferral/asking.ts'
import { side } from '../deferral/cifar-pictures.ts'
import { meanCalibrationError, meanOutcome, type RuleOutcome, tellCurve } from '../deferral/mean-curves.ts'
import { secondRecipe } from '../deferral/second-model.ts'
import { secondOpinion } from '../deferral/second-opinion.ts'
import type { Material } from '../deferral/split.ts'
import {
  benchData,
  classes,
  dataMissing,
  images,
  readHumanCounts,
  readLabels,
  readProbabilities,
} from '../guarantee/cifar-files.ts'
import type { Race, RaceOptions, Result } from '../race.ts'

/** How many human labels an item it takes to be right in 98 %, people and models together, on CIFAR-10H. */
export const deferral: Race = {
  name: 'deferral',
  summary: 'human labels needed to reach 98.0 % on CIFAR-10H, against asking until the posterior passes t',
  run,
  tryOut,
}

/** The share of the plain rule's labels that is to be saved, and the error of calibration that is allowed. */
const savedMin = 0.15
const calibrationErrorMax = 0.012
const logLeast = 1e-12

async function run({ quick, say }: RaceOptions): Promise<Result[]> {
  const folder = benchData()
  if (folder === undefined) return [missingRow()]
  const splits = quick ? 3 : 100
  const second = await secondOpinion(folder, { quick, say })
  say(`a second opinion on 10,000 images, ${(100 * second.accuracy).toFixed(1)} % of them right`)
  const material: Material = {
    opinions: [readProbabilities(folder).map(share => Math.log(Math.max(share, logLeast))), second.logits],
    counts: readHumanCounts(folder),
    labels: readLabels(folder),
  }
  const follow = (name: keyof typeof askingRules): RuleOutcome => {
    const outcome = meanOutcome(askingRules[name], material, splits)
    say(`${name} (${askingRules[name].name}): ${tellCurve(outcome)}`)
    return outcome
  }
  const plain = follow('plain')
  const spent = (2000 * material.counts.reduce((sum, count) => sum + count, 0)) / images
  const fitted = `fitted on 2,000 labelled images and about ${Math.round(spent / 1000)},000 human choices of them`
  const audits = `${100 * shareAudited} % of the cases that nobody is asked about audited, and counted`
  const against = (name: keyof typeof askingRules): Result => ({
    ...savedRow(`fewer labels to 98.0, ${name}`, follow(name), plain),
    met: null, // tells what the parts bring; the row that is judged is the first
  })
  const ours = follow('ours')
  return [
    {
      ...savedRow('fewer labels to 98.0', ours, plain),
      remark: `${splits} splits; ${fitted}; ${audits}; the second model (${(100 * second.accuracy).toFixed(1)} % right) costs nothing. Ours: ${tellCurve(ours)}. Plain: ${tellCurve(plain)}`,
    },
    labelsRow('labels at 98.0', ours, plain, 0.98),
    labelsRow('labels at 98.5', ours, plain, 0.985),
    against('two models, trusted fully'),
    against('two models, sorts of cases'),
    against('one model, trusted in part'),
    against('one model, sorts of cases'),
    errorRow(meanCalibrationError(material, splits)),
  ]
}

/** The second model looks at one picture; the rules have tests of their own. */
async function tryOut(): Promise<void> {
  const picture = { inputShape: [3, side, side], inputs: new Uint8Array(3 * side * side).fill(99) }
  const scorer = await openScorer(secondRecipe, { ...picture, count: 1, labels: Int32Array.of(0) }, 1)
  await scorer.score(initialWeights(planModel(secondRecipe), 1))
  await scorer.close()
}

const fixed = { race: deferral.name, goal: 1 }

function savedRow(name: string, { curve }: RuleOutcome, plain: RuleOutcome): Result {
  const saved = 1 - labelsAt(curve, 0.98) / labelsAt(plain.curve, 0.98)
  return {
    ...{ ...fixed, case: name, peer: 'target', ours: saved, theirs: savedMin, unit: 'share' },
    ...{ ratio: saved / savedMin, met: saved >= savedMin },
  }
}

function labelsRow(name: string, ours: RuleOutcome, plain: RuleOutcome, accuracy: number): Result {
  const [mine, theirs] = [labelsAt(ours.curve, accuracy), labelsAt(plain.curve, accuracy)]
  return {
    ...{ ...fixed, case: name, peer: 'plain rule', ours: mine, theirs, unit: 'labels/item' },
    ...{ ratio: theirs / mine, met: mine <= theirs },
  }
}

function errorRow(error: number): Result {
  return {
    ...{ ...fixed, case: 'ECE after 500 labels', peer: 'target', ours: error, theirs: calibrationErrorMax },
    ...{ unit: 'share', ratio: calibrationErrorMax / error, met: error <= calibrationErrorMax },
    remark: `15 bins of equal mass, ${classes} classes, the first model, one temperature`,
  }
}

function missingRow(): Result {
  return {
    ...{
      ...fixed,
      case: 'fewer labels to 98.0',
      peer: 'target',
      ours: null,
      theirs: savedMin,
      unit: 'share',
    },
    ...{ ratio: null, met: null, remark: dataMissing },
  }
}
