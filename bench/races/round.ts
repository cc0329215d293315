import assert from 'node:assert/strict'
import { ContestantError } from '../contestant.ts'
import { quantile } from '../pairs.ts'
import { howToInstallFlower, measureFlower } from '../peers/flower.ts'
import { findPythonsWith } from '../peers/python.ts'
import type { Race, RaceOptions, Result } from '../race.ts'
import { measureEmptyRounds } from '../round/empty-rounds.ts'
import { type HubMemoryCase, measureHubMemory } from '../round/hub-memory.ts'

/** What a round costs when training costs nothing, and what a hub needs to take in large updates. */
export const round: Race = {
  name: 'round',
  summary: 'an empty round with two nodes, against Flower; memory of a hub that averages 50 models',
  run,
  tryOut,
}

type Statistic = {
  case: string
  of(intervals: readonly number[]): number
  /** Milliseconds that Flower needs by what is published of it (two nodes, 6-16 s an empty round). */
  published: number
  /** Milliseconds that we want to need. */
  aim: number
}

const statistics: readonly Statistic[] = [
  { case: 'empty round median ms', of: all => quantile(all, 0.5), published: 6000, aim: 100 },
  { case: 'empty round p95 ms', of: all => quantile(all, 0.95), published: 16_000, aim: 250 },
]

/** Models of memory that are enough for a hub: one that it sums into, one that comes in, one to spare. */
const modelsMax = 3

const emptyRounds = { rounds: 50, warmUp: 5 }
const flowerRounds = 10
const hubMemory = { members: 50, units: 9970, atOnce: 8 }
const rehearsal = {
  emptyRounds: { rounds: 10, warmUp: 2 },
  flowerRounds: 3,
  hubMemory: { ...hubMemory, members: 8 },
}

async function run({ quick, say }: RaceOptions): Promise<Result[]> {
  const plan = quick ? rehearsal : { emptyRounds, flowerRounds, hubMemory }
  const ours = await measureEmptyRounds(plan.emptyRounds)
  say(`empty rounds: ${ours.join(' ')} ms`)
  const published = statistics.map(it => roundRow(it, ours, publishedFlower, it.published))
  const pythons = findPythonsWith('flwr')
  const absent = { peer: 'Flower', remark: howToInstallFlower }
  const measured = pythons.length > 0 ? [] : statistics.map(it => roundRow(it, ours, absent, null))
  for (const python of pythons) {
    const { peer, intervals } = await flower(python, plan.flowerRounds)
    say(`${peer.peer}: ${intervals.map(Math.round).join(' ')} ms ${peer.remark ?? ''}`)
    const of = (it: Statistic) => (intervals.length > 0 ? it.of(intervals) : null)
    measured.push(...statistics.map(it => roundRow(it, ours, peer, of(it))))
  }
  return [...published, ...measured, await memoryRow(plan.hubMemory)]
}

type Peer = { peer: string; remark?: string }

const publishedFlower: Peer = {
  peer: 'Flower, published',
  remark:
    'Flower, published: 6-16 s an empty round with two nodes; figures from elsewhere, not measured here',
}

async function tryOut(): Promise<void> {
  const intervals = await measureEmptyRounds({ rounds: 1, warmUp: 0 })
  assert.equal(intervals.length, 1)
  await measureHubMemory({ members: 2, units: 8, atOnce: 2 })
}

/** No intervals when it does not run here. */
async function flower(python: string, rounds: number): Promise<{ peer: Peer; intervals: number[] }> {
  try {
    const { version, intervals } = await measureFlower(python, rounds)
    const peer = `Flower ${version}`
    return { peer: { peer, remark: `${peer}: measured here over ${intervals.length} rounds` }, intervals }
  } catch (error) {
    if (!(error instanceof ContestantError)) throw error
    return { peer: { peer: 'Flower', remark: `Flower: ${error.message}` }, intervals: [] }
  }
}

/** Less is better: the ratio is theirs by ours. */
function roundRow(it: Statistic, intervals: readonly number[], peer: Peer, theirs: number | null): Result {
  const ours = it.of(intervals)
  const ratio = theirs === null ? null : theirs / ours
  const goal = it.published / it.aim
  const met = ratio === null ? null : ratio >= goal
  return { race: round.name, case: it.case, ...peer, ours, theirs, unit: 'ms', ratio, goal, met }
}

async function memoryRow(of: HubMemoryCase): Promise<Result> {
  const { modelBytes, idle, peaks, averagingSeconds, takingInSeconds } = await measureHubMemory(of)
  const models = (bytes: number) => (bytes - idle) / modelBytes
  const ours = Math.max(...Object.values(peaks).map(models))
  const ratio = modelsMax / ours
  const parts = Object.entries(peaks).map(([part, peak]) => `${part} ${models(peak).toFixed(2)}`)
  const megabytes = (bytes: number) => `${(bytes / 1e6).toFixed(0)} MB`
  const remark = [
    `${of.members} updates of ${megabytes(modelBytes)}, ${of.atOnce} at a time`,
    `idle ${megabytes(idle)}; peaks in models: ${parts.join(', ')}`,
    `taken in in ${takingInSeconds.toFixed(1)} s, averaged in ${averagingSeconds.toFixed(1)} s`,
  ].join('; ')
  const row = { race: round.name, case: 'hub memory in models', peer: 'target', unit: 'models' }
  return { ...row, ours, theirs: modelsMax, ratio, goal: 1, met: ratio >= 1, remark }
}
