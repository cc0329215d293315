import assert from 'node:assert/strict'
import { quantile } from '../pairs.ts'
import type { Race, RaceOptions, Result } from '../race.ts'
import { measureHubRounds } from '../scale/hub-rounds.ts'
import { measureListedRuns } from '../scale/listed-runs.ts'
import { measureStatement } from '../scale/month-of-usage.ts'
import { measureReview } from '../scale/waiting-cases.ts'

/** What large consortia cost: many runs, cases, answers and nodes, against what we want it to cost. */
export const scale: Race = {
  name: 'scale',
  summary: 'lists, reviews, statements and rounds where there are very many of them',
  run,
  tryOut,
}

const whole = { runs: 10_000, calls: 20, cases: 100_000, events: 100_000, nodes: 30, rounds: 5 }
const rehearsal = { runs: 500, calls: 5, cases: 1000, events: 1000, nodes: 3, rounds: 2 }
const stopMsMax = 100

async function run({ quick, say }: RaceOptions): Promise<Result[]> {
  const plan = quick ? rehearsal : whole
  const lists = await measureListedRuns(plan)
  say(`lists of runs: ${lists.map(Math.round).join(' ')} ms`)
  const { list, answer } = await measureReview(plan)
  say(`lists of cases: ${list.map(Math.round).join(' ')} ms`)
  say(`first and final answers: ${answer.map(Math.round).join(' ')} ms`)
  const { make, check } = await measureStatement(plan.events)
  const rounds = await measureHubRounds(plan)
  const statement = row({ case: 'statement 100k events s', ours: make.seconds, most: 3, unit: 's' })
  return [
    row({ case: 'list 10k runs ms', ours: quantile(lists, 0.95), most: 50 }),
    row({ case: 'review list 100k cases p95 ms', ours: quantile(list, 0.95), most: 20 }),
    row({ case: 'answer 100k cases p95 ms', ours: quantile(answer, 0.95), most: 30 }),
    {
      ...statement,
      met: statement.met === true && Math.max(make.stopMs, check.stopMs) <= stopMsMax,
      remark: `stops the event loop for ${Math.round(make.stopMs)} ms; goal: at most ${stopMsMax} ms; ${make.processorSeconds.toFixed(1)} s of processor time. A node checks and signs it in ${check.seconds.toFixed(1)} s and stops for ${Math.round(check.stopMs)} ms`,
    },
    row({ case: 'hub cpu ms per round 30 nodes', ours: rounds, most: 350 }),
  ]
}

/** Less is better: the ratio is what we want by what it is. */
function row(of: { case: string; ours: number; most: number; unit?: string }): Result {
  const ratio = of.most / of.ours
  const { case: name, ours, most: theirs, unit = 'ms' } = of
  return { race: scale.name, case: name, peer: 'target', ours, theirs, unit, ratio, goal: 1, met: ratio >= 1 }
}

async function tryOut(): Promise<void> {
  assert.equal((await measureListedRuns({ runs: 3, calls: 1 })).length, 1)
  const { list, answer } = await measureReview({ cases: 4, calls: 1 })
  assert.deepEqual([list.length, answer.length], [1, 1])
  await measureStatement(3)
  assert.ok((await measureHubRounds({ nodes: 2, rounds: 1 })) >= 0)
}
