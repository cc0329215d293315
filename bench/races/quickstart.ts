import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { quantile } from '../pairs.ts'
import type { Race, RaceOptions, Result } from '../race.ts'
import { openDiskFolder } from '../round/disk-folder.ts'

/** The main job, with letters and with digits, over several splits: how good the common model gets, and how long it takes. */
export const quickstart: Race = {
  name: 'quickstart',
  summary: 'the main job over split seeds 1 to 5, letters and digits: accuracy of the common model, and time',
  run,
  tryOut,
}

/** What `npm start -- --exit --json FILE` writes. */
type Outcome = { together: number; alone: number[]; seconds: number; togetherSeconds: number }

/** FedAvg on MNIST as Flower published it: 10 clients, Dirichlet(0.5), 50 rounds of 10 local epochs. */
const flowerAccuracy = 0.9889
const accuracyGoal = 0.99
const togetherSecondsMax = 75
const secondsMax = 170
const lettersSecondsMax = 120

const main = fileURLToPath(new URL('../../examples/quickstart/main.ts', import.meta.url))

async function run(options: RaceOptions): Promise<Result[]> {
  return [...lettersRows(await outcomesOf(options)), ...digitsRows(await outcomesOf(options, '--digits'))]
}

async function outcomesOf({ quick, say }: RaceOptions, ...more: string[]): Promise<Outcome[]> {
  using folder = openDiskFolder()
  const outcomes: Outcome[] = []
  for (const seed of quick ? [1] : [1, 2, 3, 4, 5]) {
    const outcome = await runOnce(folder.path, seed, ...more)
    const { together, alone, seconds, togetherSeconds } = outcome
    say(
      `${more.join(' ')} seed ${seed}: together ${percent(together)} in ${togetherSeconds} s, alone ${alone.map(percent).join(' ')}, ${seconds} s in all`,
    )
    outcomes.push(outcome)
  }
  return outcomes
}

/** Against the same partners alone, in the split where it gains least. */
function lettersRows(outcomes: readonly Outcome[]): Result[] {
  const gains = outcomes.map(({ together, alone }) => ({
    overBest: together - Math.max(...alone),
    overMean: together - alone.reduce((sum, accuracy) => sum + accuracy, 0) / alone.length,
  }))
  const least = (name: string, goal: number, of: (gain: (typeof gains)[number]) => number): Result => {
    const ours = Math.min(...gains.map(of))
    return { ...row(name, 'alone', 'share'), ours, theirs: 0, ratio: ours, goal, met: ours >= goal }
  }
  const seconds = quantile(
    outcomes.map(outcome => outcome.seconds),
    0.5,
  )
  return [
    least('letters, gain over the best alone, worst split', 0, ({ overBest }) => overBest),
    least('letters, gain over their mean, worst split', 0.02, ({ overMean }) => overMean),
    {
      ...row('letters, all of it, median', 'target', 's'),
      ...{ ours: seconds, theirs: lettersSecondsMax, ratio: lettersSecondsMax / seconds },
      ...{ goal: 1, met: seconds <= lettersSecondsMax },
    },
  ]
}

function digitsRows(outcomes: readonly Outcome[]): Result[] {
  const accuracies = outcomes.map(({ together }) => together)
  const accuracy = accuracies.reduce((sum, value) => sum + value, 0) / accuracies.length
  const spread = `together ${percent(Math.min(...accuracies))} to ${percent(Math.max(...accuracies))} over ${accuracies.length} splits`
  const timeRow = (name: string, most: number, of: (outcome: Outcome) => number): Result => {
    const ours = quantile(outcomes.map(of), 0.5)
    return { ...row(name, 'target', 's'), ours, theirs: most, ratio: most / ours, goal: 1, met: ours <= most }
  }
  return [
    {
      ...row('accuracy, mean of splits', 'Flower, published', 'share'),
      ours: accuracy,
      theirs: flowerAccuracy,
      ratio: accuracy / flowerAccuracy,
      goal: accuracyGoal / flowerAccuracy,
      met: accuracy >= accuracyGoal,
      remark: `${spread}; theirs is published for ten partners and 500 local epochs, not measured here`,
    },
    timeRow('together, median', togetherSecondsMax, ({ togetherSeconds }) => togetherSeconds),
    timeRow('all of it, median', secondsMax, ({ seconds }) => seconds),
  ]
}

/** The same consortium with a model that learns in seconds. */
async function tryOut(): Promise<void> {
  using folder = openDiskFolder()
  const recipe = join(folder.path, 'recipe.json')
  writeFileSync(recipe, JSON.stringify(smallRecipe))
  await runOnce(folder.path, 1, '--digits', '--no-alone', '--recipe', recipe)
}

const smallRecipe = {
  recipe: 1,
  name: 'small-digits',
  dataset: 'digits',
  task: { kind: 'classification', classes: [...'0123456789'] },
  input: { kind: 'images', height: 28, width: 28 },
  model: { kind: 'logistic' },
  optimiser: { kind: 'sgd', learningRate: 0.1 },
  federation: { rounds: 1, partnersMin: 4 },
}

async function runOnce(root: string, seed: number, ...more: string[]): Promise<Outcome> {
  const json = join(root, `seed-${seed}.json`)
  const directory = join(root, `seed-${seed}`)
  mkdirSync(directory)
  const line = [
    main,
    '--exit',
    '--seed',
    String(seed),
    '--json',
    json,
    '--dir',
    directory,
    '--lang',
    'en',
    ...more,
  ]
  const child = spawn(process.execPath, ['--conditions=source', ...line], {
    stdio: ['ignore', 'ignore', 'ignore'],
  })
  const [code] = await once(child, 'exit')
  if (code !== 0) throw new Error(`the quickstart with seed ${seed} ended with code ${code}`)
  return JSON.parse(readFileSync(json, 'utf8')) as Outcome
}

function row(name: string, peer: string, unit: string) {
  return { race: quickstart.name, case: name, peer, unit }
}

function percent(share: number): string {
  return `${(100 * share).toFixed(2)} %`
}
