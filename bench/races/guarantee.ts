import { dataMissing } from '../guarantee/cifar-files.ts'
import { type Outcomes, outcomesOf } from '../guarantee/outcomes.ts'
import {
  bestShare,
  cifarPopulation,
  type Population,
  slightlyTooBad,
  syntheticPopulations,
} from '../guarantee/population.ts'
import { labelsMax, planted, propensityAtBeta, shareAudited, type Way, ways } from '../guarantee/ways.ts'
import type { Race, RaceOptions, Result } from '../race.ts'

/** Whether an agent's promise holds over a thousand calibrations, and how much it may answer for it. */
export const guarantee: Race = {
  name: 'guarantee',
  summary: 'of what an agent answers alone, at most α is wrong: how often that fails, and what it may answer',
  run,
  tryOut,
}

const delta = 0.1
const alphas = [0.01, 0.02, 0.05]
/** The shares of hindsight's best that are to be reached. */
const coverageGoals = { 'one look': 0.9, anytime: 0.8 }

async function run({ quick, say }: RaceOptions): Promise<Result[]> {
  const splits = quick ? 40 : 1000
  const splitsSynthetic = quick ? 40 : 200
  const cifar = cifarPopulation()
  if (!cifar) say(dataMissing)
  const results: Result[] = []
  for (const alpha of alphas) {
    const meter: Meter = (population, name, way, splits) => {
      const propensity = way === ways['finite beta'] ? { propensity: propensityAtBeta } : {}
      const outcomes = outcomesOf(population, way, { splits, alpha, delta, ...propensity })
      say(
        `α ${alpha}, ${population.name}, ${name}: violated ${outcomes.violations}, share ${outcomes.share.toFixed(3)}`,
      )
      return outcomes
    }
    results.push(...(cifar ? cifarRows(cifar, alpha, splits, meter) : missingRows(alpha)))
    results.push(syntheticRow(alpha, splitsSynthetic, meter))
  }
  return results
}

async function tryOut(): Promise<void> {
  for (const way of [...Object.values(ways), ...Object.values(planted)])
    outcomesOf(syntheticPopulations[0]!, way, { splits: 1, alpha: 0.05, delta })
}

type Meter = (population: Population, name: string, way: Way, splits: number) => Outcomes

function cifarRows(cifar: Population, alpha: number, splits: number, meter: Meter): Result[] {
  const best = bestShare(cifar, alpha)
  const outcomes = Object.entries(ways).map(([name, way]) => [name, meter(cifar, name, way, splits)] as const)
  const worst = Math.max(...outcomes.map(([, { violations }]) => violations))
  const shareOf = (name: string): number => outcomes.find(([way]) => way === name)![1].share
  // The repeated look fails where no threshold is right; on CIFAR-10 it may be lucky, since risk changes steeply there.
  const broken = [
    ['plug-in threshold', meter(cifar, 'plug-in threshold', planted['plug-in threshold'], splits)],
    ['repeated look', meter(slightlyTooBad(alpha), 'repeated look', planted['repeated look'], splits)],
  ] as const
  const told = outcomes.map(([name, { violations }]) => `${name} ${violations}`).join(', ')
  const audits = `streaming audits (${shareAudited} of the answers) let through ${(shareOf('streaming audits') / best).toFixed(3)} of hindsight's best`
  return [
    {
      ...atMost(`violations, α ${alpha}`, worst, splits),
      remark: `α ${alpha}, ${splits} splits of ${labelsMax} labels: ${told}; ${audits}`,
    },
    ...(['one look', 'anytime'] as const).map(name =>
      atLeast(`coverage ${name}, α ${alpha}`, shareOf(name) / best, coverageGoals[name]),
    ),
    ...broken.map(([name, { violations }]) => mustFail(`${name}, α ${alpha}`, violations, splits)),
  ]
}

/** The worst over populations whose risk is known by construction; in the last one no gate may open. */
function syntheticRow(alpha: number, splits: number, meter: Meter): Result {
  const populations = [...syntheticPopulations, slightlyTooBad(alpha)]
  const worst = Math.max(
    ...populations.flatMap(population =>
      Object.entries(ways).map(([name, way]) => meter(population, name, way, splits).violations),
    ),
  )
  return atMost(`violations synthetic, α ${alpha}`, worst, splits)
}

/** δ and three standard errors of a share of δ over the splits. */
const violationsMax = (splits: number): number => delta + 3 * Math.sqrt((delta * (1 - delta)) / splits)

const fixed = { race: guarantee.name, unit: 'share', goal: 1 }

function atMost(name: string, ours: number, splits: number): Result {
  const theirs = violationsMax(splits)
  const ratio = ours === 0 ? null : theirs / ours
  return { ...fixed, case: name, peer: 'target', ours, theirs, ratio, met: ours <= theirs }
}

function atLeast(name: string, ours: number, theirs: number): Result {
  return { ...fixed, case: name, peer: 'target', ours, theirs, ratio: ours / theirs, met: ours >= theirs }
}

/** A planted gate, which has to break the promise in these splits: else they could not have caught ours. */
function mustFail(name: string, violations: number, splits: number): Result {
  const theirs = violationsMax(splits)
  const ratio = violations / theirs
  return {
    ...fixed,
    case: name,
    peer: 'must fail',
    ours: violations,
    theirs,
    ratio,
    met: violations > theirs,
  }
}

function missingRows(alpha: number): Result[] {
  return ['violations', 'coverage one look', 'coverage anytime'].map(name => ({
    ...{ ...fixed, case: `${name}, α ${alpha}`, peer: 'target', ours: null, theirs: null, ratio: null },
    met: null,
    remark: dataMissing,
  }))
}
