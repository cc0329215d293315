import { fileURLToPath } from 'node:url'
import { Contestant } from '../contestant.ts'
import { quantile, racePairs } from '../pairs.ts'
import type { Race, RaceOptions, Result } from '../race.ts'
import { openDiskFolder } from '../round/disk-folder.ts'
import { openLarge } from '../serving/batching.ts'
import type { LoadAnswer, LoadRequest } from '../serving/protocol.ts'
import { openServedDigits, type ServedDigits } from '../serving/served-digits.ts'

/** What a node answers in a second, how late its event loop is meanwhile, and what batching brings to a large model. */
export const serving: Race = {
  name: 'serving',
  summary: 'answers per second of a whole node over Open Inference; what batching brings to an 80 MB MLP',
  run,
  tryOut,
}

/** Inferences per second, and milliseconds. */
const goals = { perSecond: 5000, loopDelayMs: 10, fromBatching: 5 }

/** `digits` are those that the model is trained and calibrated on. */
const load = { connections: 64, seconds: 8, warmUp: 3, slices: 7, digits: 12_000, rounds: 8 }
const rehearsal = { ...load, seconds: 2, warmUp: 1, slices: 2 }

async function run({ quick, say }: RaceOptions): Promise<Result[]> {
  return [...(await raceNode(quick ? rehearsal : load, say)), await raceBatching(quick)]
}

async function tryOut(): Promise<void> {
  await raceNode({ connections: 2, seconds: 0.1, warmUp: 0, slices: 1, digits: 600, rounds: 1 }, () => {})
  await using large = await openLarge(1)
  await large.measure()
}

interface Slice extends LoadAnswer {
  readonly perSecond: number
  readonly loopDelayMs: number
  /** The node's processor time for one inference, in microseconds. */
  readonly processorUs: number
}

async function raceNode(plan: typeof load, say: (line: string) => void): Promise<Result[]> {
  await using stack = new AsyncDisposableStack()
  const served = stack.use(await openServedDigits(stack.use(openDiskFolder()).path, plan))
  const loader = stack.use(
    await Contestant.start({
      file: process.execPath,
      args: ['--conditions=source', fileURLToPath(new URL('../serving/load.ts', import.meta.url))],
    }),
  )
  const slices: Slice[] = []
  for (let slice = -plan.warmUp; slice < plan.slices; slice++) {
    const measured = await measure(served, loader, plan)
    say(describe(measured))
    if (slice >= 0) slices.push(measured)
  }
  const { answered, deferred } = slices[0]!
  const middle = (of: (slice: Slice) => number): number => quantile(slices.map(of), 0.5)
  const remark = [
    `${plan.connections} connections, one digit a request, each answer on disk before it is told`,
    `${((100 * answered) / (answered + deferred)).toFixed(1)} % answered, the others deferred with a case`,
    `latency ${middle(slice => slice.medianMs).toFixed(1)} ms in the median, p99 ${middle(slice => slice.p99Ms).toFixed(1)} ms`,
    `processor time of the node ${middle(slice => slice.processorUs).toFixed(0)} µs an inference, all threads`,
  ].join('; ')
  const perSecond = middle(slice => slice.perSecond)
  const delay = middle(slice => slice.loopDelayMs)
  return [
    row('small model per second', 'inferences/s', {
      ours: perSecond,
      theirs: goals.perSecond,
      ratio: perSecond / goals.perSecond,
      remark,
    }),
    row('loop delay p99 ms', 'ms', {
      ours: delay,
      theirs: goals.loopDelayMs,
      ratio: goals.loopDelayMs / delay,
    }),
  ]
}

async function measure(
  { url, key }: ServedDigits,
  loader: Contestant,
  { connections, seconds }: typeof load,
): Promise<Slice> {
  const before = await metricsOf(url)
  const request: LoadRequest = { url, key, connections, seconds }
  const answer = await loader.ask<LoadAnswer>(request, 60_000)
  const after = await metricsOf(url)
  const inferences = answer.answered + answer.deferred
  return {
    ...answer,
    perSecond: inferences / answer.seconds,
    loopDelayMs: after.loopDelayMs,
    processorUs: (1e6 * (after.processorSeconds - before.processorSeconds)) / inferences,
  }
}

/** What the node says of itself; the loop's delay is its 99th percentile since the last look. */
async function metricsOf(url: string): Promise<{ loopDelayMs: number; processorSeconds: number }> {
  const text = await (await fetch(`${url}/metrics`)).text()
  const read = (series: string): number =>
    Number(
      text
        .split('\n')
        .find(line => line.startsWith(`${series} `))
        ?.split(' ')[1],
    )
  return {
    loopDelayMs: 1000 * read('consort_event_loop_delay_seconds{percentile="99"}'),
    processorSeconds: read('process_cpu_seconds_total'),
  }
}

function describe({ perSecond, deferred, loopDelayMs: delay, medianMs, p99Ms, processorUs }: Slice): string {
  return `${perSecond.toFixed(0)} inferences/s, ${deferred} deferred, latency ${medianMs.toFixed(1)} ms (p99 ${p99Ms.toFixed(1)}), loop delay p99 ${delay.toFixed(1)} ms, processor ${processorUs.toFixed(0)} µs`
}

async function raceBatching(quick: boolean): Promise<Result> {
  await using together = await openLarge(32)
  await using alone = await openLarge(1)
  const { ours, theirs, ratio, quartiles, pairs } = await racePairs(together.measure, alone.measure, {
    pairs: quick ? 2 : 9,
    pairsMin: 2,
    budgetSeconds: 60,
  })
  return {
    ...row('80 MB MLP from batching', 'inferences/s', { ours, theirs, ratio, goal: goals.fromBatching }),
    peer: 'one at a time',
    quartiles,
    pairs,
    remark: 'one thread, 64 questions at a time, batches of up to 32 against batches of 1; without HTTP',
  }
}

function row(
  name: string,
  unit: string,
  { goal = 1, ...measured }: { ours: number; theirs: number; ratio: number; goal?: number; remark?: string },
): Result {
  const met = measured.ratio >= goal
  return { race: serving.name, case: name, peer: 'target', unit, goal, met, ...measured }
}
