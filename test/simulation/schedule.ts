import { createRandom, type MemberRole, type Random } from '@consort/protocol'
import { partners } from './prepared.ts'

/** One thing that is done to the consortium, or by its people, at a time of the schedule. */
export type Action = { readonly atMs: number } & (
  | {
      readonly kind: 'run'
      readonly rounds: number
      readonly partners: number
      readonly isSecure: boolean
      /** Trained with noise, so that also partners with a privacy budget take part. */
      readonly isNoised: boolean
      readonly orders: number
    }
  | { readonly kind: 'cancel' }
  | { readonly kind: 'review' }
  | { readonly kind: 'withdraw' }
  | { readonly kind: 'amend'; readonly answerPrice: number }
  | { readonly kind: 'join'; readonly role: MemberRole }
  | { readonly kind: 'statement' }
  | { readonly kind: 'ask'; readonly x: number; readonly y: number; readonly orders: number }
  | {
      readonly kind: 'die'
      readonly machine: string
      readonly isPowerLost: boolean
      readonly afterOperations: number
      readonly downMs: number
    }
  | { readonly kind: 'restart'; readonly machine: string; readonly downMs: number }
  | { readonly kind: 'cut'; readonly machine: string; readonly forMs: number }
  | {
      readonly kind: 'bad-link'
      readonly machine: string
      readonly lossy: number
      readonly delayMs: number
      readonly forMs: number
    }
  | { readonly kind: 'clock'; readonly machine: string; readonly byMs: number }
  | { readonly kind: 'disk-full'; readonly machine: string; readonly forMs: number }
  | { readonly kind: 'failed-sync'; readonly machine: string; readonly powerLostMs: number }
)

/** How long things happen; afterwards all faults end, and what was begun is waited for. */
export const scheduleMs = 30_000

/**
 * The machines of a schedule: every third has all partners, as many as a secure sum takes; the others do without one,
 * since each node costs its share of the time.
 */
export function machinesOf(seed: number): readonly string[] {
  return ['hub', ...(seed % 3 === 0 ? partners : partners.slice(0, 3))]
}

/** The partners whose records have a privacy budget: two in every third schedule, whose runs are trained with noise. */
export function budgetedOf(seed: number): readonly string[] {
  return seed % 3 === 1 ? ['b', 'c'] : []
}

/** The actions of a seed, in the order of their times; only of these kinds where they are given. */
export function drawSchedule(seed: number, kinds?: readonly string[]): Action[] {
  const random = createRandom(seed)
  const machines = machinesOf(seed)
  const isNoised = budgetedOf(seed).length > 0
  const count = 3 + random.integer(8)
  const actions = Array.from({ length: count }, () => drawAction(random, { machines, isNoised, kinds }))
  const first = drawRun(random, { machines, isNoised, atMs: random.integer(2000) })
  return [first, ...actions].sort((one, other) => one.atMs - other.atMs)
}

interface Scene {
  readonly machines: readonly string[]
  readonly isNoised: boolean
}

function drawRun(random: Random, { machines, isNoised, atMs }: Scene & { readonly atMs: number }): Action {
  const isSecure = machines.length > partners.length && random.integer(2) === 0
  const partnersMin = isSecure ? partners.length : 1 + random.integer(machines.length - 1)
  return {
    kind: 'run',
    atMs,
    rounds: 1 + random.integer(2),
    partners: partnersMin,
    isSecure,
    isNoised,
    orders: 1 + random.integer(3),
  }
}

function drawAction(
  random: Random,
  { machines, isNoised, kinds }: Scene & { readonly kinds: readonly string[] | undefined },
): Action {
  const atMs = random.integer(scheduleMs)
  const machine = machines[random.integer(machines.length)]!
  const forMs = random.integer(20_000)
  const table: readonly [weight: number, draw: () => Action][] = [
    [1, () => drawRun(random, { machines, isNoised, atMs })],
    [1, () => ({ kind: 'cancel', atMs })],
    [2, () => ({ kind: 'review', atMs })],
    [1, () => ({ kind: 'withdraw', atMs })],
    [1, () => ({ kind: 'amend', atMs, answerPrice: 102 + random.integer(1000) })],
    [1, () => ({ kind: 'join', atMs, role: random.integer(2) === 0 ? 'partner' : 'evaluator' })],
    [1, () => ({ kind: 'statement', atMs })],
    [
      3,
      () => ({
        kind: 'ask',
        atMs,
        x: 6 * random.uniform() - 3,
        y: 3 * random.uniform() - 1.5,
        orders: 1 + random.integer(3),
      }),
    ],
    [
      5,
      () => ({
        kind: 'die',
        atMs,
        machine,
        isPowerLost: random.integer(3) > 0,
        afterOperations: random.integer(60),
        downMs: random.integer(10_000),
      }),
    ],
    [3, () => ({ kind: 'restart', atMs, machine, downMs: random.integer(10_000) })],
    [2, () => ({ kind: 'cut', atMs, machine, forMs })],
    [
      3,
      () => ({
        kind: 'bad-link',
        atMs,
        machine,
        forMs,
        lossy: random.uniform(),
        delayMs: 1 + random.integer(2000),
      }),
    ],
    [
      2,
      () => ({
        kind: 'clock',
        atMs,
        machine,
        byMs: (random.integer(2) === 0 ? -1 : 1) * random.integer(3_600_000),
      }),
    ],
    [1, () => ({ kind: 'disk-full', atMs, machine, forMs })],
    [2, () => ({ kind: 'failed-sync', atMs, machine, powerLostMs: random.integer(15_000) })],
  ]
  const drawn = table.map(([weight, draw]) => ({ weight, action: draw() }))
  const possible = drawn.filter(({ action }) => kinds?.includes(action.kind) ?? true)
  let left = random.integer(possible.reduce((sum, { weight }) => sum + weight, 0))
  for (const { weight, action } of possible) {
    left -= weight
    if (left < 0) return action
  }
  throw new RangeError(`no action is of the kinds ${kinds?.join(', ')}`)
}
