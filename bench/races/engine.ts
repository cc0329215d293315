import { rmSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { type Allocator, type Command, Contestant, ContestantError } from '../contestant.ts'
import { writeMaterial } from '../engine/material.ts'
import { type CaseName, caseNames, networks } from '../engine/networks.ts'
import type { Proof, ProveRequest, TimeRequest, Timing, Way } from '../engine/protocol.ts'
import { type Measure, measureAlone, type PairsOptions, quantile, racePairs } from '../pairs.ts'
import { findPythonsWith } from '../peers/python.ts'
import { howToInstallPyTorch, pyTorchCommand } from '../peers/pytorch.ts'
import type { Race, RaceOptions, Result } from '../race.ts'

/** Training steps per second: forward, backward and Adam in float32 on one thread. */
export const engine: Race = {
  name: 'engine',
  summary: 'training steps per second on one thread, against TensorFlow.js, jax-js and PyTorch',
  run,
  tryOut,
}

const words = {
  shipped: 'as shipped',
  mended: 'with the filter gradient that it lacks',
  tuned: 'tuned',
} as const satisfies Record<Way, string>

const proofSteps = 20
/**
 * How far the loss falls may differ by rounding, which the steps amplify (0.2 % seen); a wrong gradient differs by
 * more.
 */
const fallTolerance = 0.01
const firstLossTolerance = 0.001
/** A library's collector and compiler threads take some tenths; a second thread of work takes a whole. */
const coresMax = 1.5

type Peer = {
  name: string
  way: Way
  /** By how much we want to be faster. */
  goal: number
} & ({ command: Command } | { missing: string })
type Case = { name: CaseName; batch: number }
type Plan = PairsOptions & { seconds: number; cases: Case[] }

async function run(options: RaceOptions): Promise<Result[]> {
  const batches = options.quick ? [32] : [32, 256]
  const plan: Plan = {
    ...(options.quick
      ? { seconds: 0.2, pairs: 3, pairsMin: 1, budgetSeconds: 10 }
      : { seconds: 0.5, pairs: 13, pairsMin: 3, budgetSeconds: 25 }),
    cases: caseNames.flatMap(name => batches.map(batch => ({ name, batch }))),
  }
  const folder = writeMaterial(batches)
  try {
    const results: Result[] = []
    for (const peer of peersFor(folder)) results.push(...(await racePeer(peer, folder, plan, options)))
    return results.toSorted((a, b) => order(a, plan) - order(b, plan))
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

async function tryOut(): Promise<void> {
  const folder = writeMaterial([32])
  try {
    await using ours = await Contestant.start(nodeCommand('../contestants/consort.ts', folder))
    if (!ours.greeting.ready) throw new ContestantError(ours.greeting.why)
    for (const name of caseNames) await prove(ours, { name, batch: 32 })
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

function peersFor(folder: string): Peer[] {
  const ways = ['shipped', 'tuned'] as const
  const pythons = findPythonsWith('torch')
  const tfjs = (way: Way) => nodeCommand('../peers/tfjs.ts', folder, way)
  const jaxJs = (way: Way) => nodeCommand('../peers/jax-js.ts', folder, way)
  const mended: Peer = { name: 'TensorFlow.js (wasm)', way: 'mended', goal: 10, command: tfjs('mended') }
  const found = ways.flatMap((way): Peer[] => [
    { name: 'TensorFlow.js (wasm)', way, goal: way === 'shipped' ? 10 : 1, command: tfjs(way) },
    { name: 'jax-js (wasm)', way, goal: 1, command: jaxJs(way) },
    ...pythons.map(file => ({ name: 'PyTorch', way, goal: 1, command: pyTorchCommand(file, folder, way) })),
  ])
  if (pythons.length > 0) return [mended, ...found]
  return [
    mended,
    ...found,
    ...ways.map(way => ({ name: 'PyTorch', way, goal: 1, missing: howToInstallPyTorch })),
  ]
}

/** Both sides get the same environment: the allocator is tuned for both or for none. */
async function racePeer(peer: Peer, folder: string, plan: Plan, options: RaceOptions): Promise<Result[]> {
  const absent = (why: string) => {
    const name = `${peer.name}, ${words[peer.way]}`
    options.say(`${name}: ${why}`)
    return plan.cases.map(it => resultOf(it, peer, name, { remark: `${peer.name}: ${why}` }))
  }
  if ('missing' in peer) return absent(peer.missing)
  const allocator: Allocator = peer.way === 'tuned' ? 'keeping' : 'default'
  await using theirs = await Contestant.start(peer.command, allocator)
  if (!theirs.greeting.ready) return absent(`not installed: ${theirs.greeting.why}`)
  await using ours = await Contestant.start(nodeCommand('../contestants/consort.ts', folder), allocator)
  if (!ours.greeting.ready)
    options.say(`Consort does not run (${ours.greeting.why}): the peers are measured alone.`)
  const name = `${theirs.greeting.name} ${theirs.greeting.version}, ${words[peer.way]}`
  const results: Result[] = []
  for (const it of plan.cases) {
    if (peer.way === 'mended' && !convolves(it.name)) continue
    const result = await raceCase(ours, theirs, it, plan).catch((error: unknown): Partial<Result> => {
      if (error instanceof ContestantError && error.contestant === theirs)
        return { remark: error.message.split('\n')[0] ?? '' }
      throw error
    })
    const { remark } = result
    results.push(
      resultOf(it, peer, name, remark ? { ...result, remark: `${name}, ${labelOf(it)}: ${remark}` } : result),
    )
    const speeds = `ours ${result.ours?.toFixed(2) ?? '-'}, theirs ${result.theirs?.toFixed(2) ?? '-'} steps/s`
    options.say(
      `${name}, ${labelOf(it)}: ${speeds}, ratio ${result.ratio?.toFixed(2) ?? '-'} ${remark ?? ''}`,
    )
  }
  return results
}

async function raceCase(
  ours: Contestant,
  theirs: Contestant,
  it: Case,
  plan: Plan,
): Promise<Partial<Result>> {
  const proof = await prove(theirs, it)
  const note = proof.note === undefined ? {} : { remark: proof.note }
  const their = timer(theirs, it, plan)
  if (!ours.greeting.ready) {
    const speed = await measureAlone(their.measure, plan)
    their.check()
    return { theirs: speed, ...note }
  }
  const own = await prove(ours, it)
  if (!isSameTraining(own, proof)) {
    const told = ({ lossBefore, lossAfter }: Proof) => `${lossBefore} to ${lossAfter}`
    const losses = `in ${proofSteps} steps its loss goes from ${told(proof)}, ours from ${told(own)}`
    return { remark: `not the same training as ours: ${losses}`, met: false }
  }
  const our = timer(ours, it, plan)
  const result = await racePairs(our.measure, their.measure, plan)
  our.check()
  their.check()
  return { ...result, ...note }
}

/** @throws ContestantError, which disqualifies, if the loss of the batch does not fall. */
async function prove(contestant: Contestant, it: Case): Promise<Proof> {
  const request: ProveRequest = { case: it.name, batch: it.batch, steps: proofSteps }
  const proof = await contestant.ask<Proof>(request, 300_000)
  if (proof.lossAfter < proof.lossBefore) return proof
  const losses = `${proof.lossBefore} before, ${proof.lossAfter} after ${proofSteps} steps`
  throw new ContestantError(`disqualified, the loss did not fall: ${losses}`, contestant)
}

function isSameTraining(own: Proof, their: Proof): boolean {
  const fallOf = ({ lossBefore, lossAfter }: Proof) => lossBefore - lossAfter
  return (
    Math.abs(own.lossBefore - their.lossBefore) <= firstLossTolerance * own.lossBefore &&
    Math.abs(fallOf(own) - fallOf(their)) <= fallTolerance * fallOf(own)
  )
}

/** Slices of a contestant's time, and a look at how many threads it used: more than one disqualifies. */
function timer(contestant: Contestant, it: Case, plan: Plan): { measure: Measure; check(): void } {
  const request: TimeRequest = { case: it.name, batch: it.batch, seconds: plan.seconds, stepsMin: 2 }
  const seen: number[] = []
  return {
    async measure() {
      const { stepsPerSecond, cores } = await contestant.ask<Timing>(request, 120_000)
      seen.push(cores)
      return stepsPerSecond
    },
    check() {
      const cores = quantile(seen, 0.5)
      if (cores <= coresMax) return
      throw new ContestantError(`disqualified, it used ${cores.toFixed(2)} cores instead of one`, contestant)
    },
  }
}

function resultOf(it: Case, { goal }: Peer, peer: string, part: Partial<Result>): Result {
  const ratio = part.ratio ?? null
  const met = ratio === null ? null : ratio >= goal
  const row = { race: engine.name, case: labelOf(it), peer, ours: null, theirs: null, unit: 'steps/s', goal }
  return { ...row, ratio, met, ...part }
}

/** Whether the network has what the mended peers were mended for. */
function convolves(name: CaseName): boolean {
  return networks[name].layers.some(({ kind }) => kind === 'conv')
}

function labelOf({ name, batch }: Case): string {
  return `${name} b${batch}`
}

function order(result: Result, plan: Plan): number {
  return plan.cases.findIndex(it => labelOf(it) === result.case)
}

function nodeCommand(path: string, folder: string, ...args: Way[]): Command {
  const file = fileURLToPath(new URL(path, import.meta.url))
  return { file: process.execPath, args: ['--conditions=source', file, folder, ...args] }
}
