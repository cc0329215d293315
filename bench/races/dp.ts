import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { availableParallelism } from 'node:os'
import { fileURLToPath } from 'node:url'
import { initialWeights, planModel } from '@consort/train'
import { openTrainer } from '@consort/train/engine'
import { cut, type DigitsRun, digitsRecipe, readDigits } from '../dp/digits.ts'
import { type AccuracyRow, accuracyRows } from '../dp/rows.ts'
import { measureStepRatio, type StepRatioPlan } from '../dp/step-ratio.ts'
import { type CaseName, caseNames } from '../engine/networks.ts'
import type { Race, RaceOptions, Result } from '../race.ts'

/** What differential privacy costs: accuracy on MNIST at published noise and steps, and time for a step. */
export const dp: Race = {
  name: 'dp',
  summary: 'differential privacy: accuracy on MNIST at three published budgets, and the time of a step',
  run,
  tryOut,
}

/** A private step by a plain one, at most; Opacus's is published for the same batch. */
const stepRatioMax = 1.3
const opacus = 'Opacus, published: 1.57'

async function run({ quick, say }: RaceOptions): Promise<Result[]> {
  const plan: StepRatioPlan = quick
    ? { steps: 4, pairs: 3, pairsMin: 1, budgetSeconds: 10 }
    : { steps: 20, pairs: 21, pairsMin: 5, budgetSeconds: 90 }
  const results: Result[] = []
  for (const name of caseNames) {
    results.push(await stepRow(name, plan))
    say(results.at(-1)!.remark!)
  }
  const seeds = quick ? [1] : [1, 2, 3, 4, 5]
  for (const row of accuracyRows)
    results.push(await accuracyRow({ ...row, ...(quick && { epochs: 1 }) }, seeds, say))
  return results
}

/** One private step of the digits' network, and one pair of steps of a network of the engine's race. */
async function tryOut(): Promise<void> {
  const row: DigitsRun = { ...accuracyRows[0]!, epochs: 1, seed: 1 }
  const { test } = await readDigits({ ...row, holdOut: true })
  const few = cut(test, 0, 1)
  const recipe = digitsRecipe(row, 60_000)
  const trainer = await openTrainer(recipe, few)
  const weights = initialWeights(planModel(recipe), 1)
  await trainer.train({ weights, epochs: 1, seed: 1, progress: [0, 1], proximal: 0 })
  await trainer.close()
  await measureStepRatio('b', { steps: 1, pairs: 1, pairsMin: 1, budgetSeconds: 1 })
}

/** (b) is told without a goal: its weights are used once an example, so that the noise on them weighs most. */
async function stepRow(name: CaseName, plan: StepRatioPlan): Promise<Result> {
  const { ours, theirs, ratio, quartiles, pairs } = await measureStepRatio(name, plan)
  const most = name === 'b' ? null : stepRatioMax
  const spread = `quartiles ${quartiles.map(quartile => quartile.toFixed(3)).join(' - ')} over ${pairs} pairs`
  const speeds = `${(1000 / ours).toFixed(2)} ms with clipping and noise, ${(1000 / theirs).toFixed(2)} ms without`
  return {
    ...{ race: dp.name, case: `step ratio (${name})`, peer: most ? 'target' : '-', unit: 'ratio', goal: 1 },
    ...{ ours: ratio, theirs: most, ratio: most && most / ratio, met: most && ratio <= most },
    remark: `step ratio (${name}): ${ratio.toFixed(3)}, ${spread}; ${speeds}; ${opacus}`,
  }
}

type Outcome = { accuracy: number; seconds: number; steps: number }

async function accuracyRow(row: AccuracyRow, seeds: number[], say: RaceOptions['say']): Promise<Result> {
  const waiting = [...seeds]
  const outcomes: Outcome[] = []
  const work = async (): Promise<void> => {
    for (let seed = waiting.shift(); seed !== undefined; seed = waiting.shift()) {
      const outcome = await trainDigits({ ...row, seed })
      outcomes.push(outcome)
      say(`${row.case}, seed ${seed}: ${outcome.accuracy} in ${outcome.seconds.toFixed(0)} s`)
    }
  }
  await Promise.all(Array.from({ length: availableParallelism() }, work))
  const mean = outcomes.reduce((sum, { accuracy }) => sum + accuracy, 0) / outcomes.length
  const squares = outcomes.reduce((sum, { accuracy }) => sum + (accuracy - mean) ** 2, 0)
  const spread = outcomes.length > 1 ? ` ± ${Math.sqrt(squares / (outcomes.length - 1)).toFixed(4)}` : ''
  const settings = `σ ${row.noiseMultiplier}, ${outcomes[0]!.steps} steps, C ${row.clip}, rate ${row.learningRate}`
  return {
    ...{ race: dp.name, case: row.case, peer: 'target', unit: 'share', goal: 1 },
    ...{ ours: mean, theirs: row.published, ratio: mean / row.published, met: mean >= row.published },
    remark: `${row.case}: ${mean.toFixed(4)}${spread} over ${seeds.length} seeds; ${settings}`,
  }
}

const program = fileURLToPath(new URL('../dp/train-digits.ts', import.meta.url))

async function trainDigits(run: DigitsRun): Promise<Outcome> {
  const child = spawn(process.execPath, ['--conditions=source', program, JSON.stringify(run)], {
    stdio: ['ignore', 'pipe', 'ignore'],
  })
  const chunks = child.stdout.setEncoding('utf8').toArray()
  const [code] = await once(child, 'exit')
  if (code !== 0) throw new Error(`training of digits with seed ${run.seed} ended with code ${code}`)
  return JSON.parse((await chunks).join('')) as Outcome
}
