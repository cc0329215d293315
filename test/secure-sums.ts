import assert from 'node:assert/strict'
import {
  type Caller,
  hubEndpoints,
  type MemberMessage,
  type RecipeInput,
  Refusal,
  type RunView,
} from '@consort/protocol'
import { type AnsweredCalls, watchAnsweredCalls } from './answered-calls.ts'
import { type MovedClock, openSlowClock } from './moved-clock.ts'
import { type Network, openPrepared } from './network.ts'
import { tableRecipe } from './table-data.ts'

/** Rows of four partners. */
export const tables = { a: 60, b: 80, c: 100, d: 70 }
export const partners = Object.keys(tables)

export const secure = { secureAggregation: true }

export const recipeOf = (
  privacy: RecipeInput['privacy'],
  federation: RecipeInput['federation'] = {},
): RecipeInput => ({
  ...tableRecipe,
  privacy,
  federation: { rounds: 2, partnersMin: 4, roundWithinSeconds: 600, ...federation },
})

export interface CutLine {
  /** Stands between a node and the hub. */
  readonly wrapCaller: (call: Caller) => Caller
  /** Mends the line until the node comes to such a message in another round, or another attempt at this one. */
  restore(): void
}

/**
 * From its message of this kind on, the node no longer reaches the hub about any sum; `onceIn` is the only round in
 * which that happens, `heard` is told of it.
 */
export function mute(
  kind: MemberMessage['kind'],
  { onceIn, heard = () => {} }: { onceIn?: number; heard?: () => void } = {},
): CutLine {
  let [isMute, isRestored, round] = [false, false, 0]
  const wrapCaller = (call: Caller): Caller =>
    (async (endpoint, input, options) => {
      const which = endpoint as unknown
      if (which === hubEndpoints.getCohort) {
        round += 1
        isMute = false
        isRestored = false
      }
      const message = (input as { body?: MemberMessage } | undefined)?.body
      if (which === hubEndpoints.sendAggregationMessage && message?.kind === kind)
        isMute = !isRestored && (onceIn === undefined || round === onceIn)
      const isAbout =
        which === hubEndpoints.sendAggregationMessage || which === hubEndpoints.getAggregationMessage
      if (isMute && isAbout) {
        heard()
        throw new Refusal('unreachable', 'the line is cut')
      }
      return await call(endpoint, input as never, options)
    }) as Caller
  const restore = (): void => {
    isMute = false
    isRestored = true
  }
  return { wrapCaller, restore }
}

/** Whose updates are in the version of a round. */
export const sent = (view: RunView, round: number): string[] =>
  view.history[round - 1]!.members.filter(({ weight }) => weight !== null).map(({ name }) => name)

/** For rounds whose deadlines the test lets pass: a node whose update takes longer fails, by the machine's clock. */
export const roundWithinSeconds = 50

/** Four partners and a hub whose clock the test moves, once it knows what the hub has been told. */
export async function openUnhurried(): Promise<{ network: Network; clock: MovedClock } & AnsweredCalls> {
  const clock = openSlowClock()
  const calls = watchAnsweredCalls()
  const network = await openPrepared(joined => joined.joinWithTables(tables), {
    hubParts: { now: clock.now },
    nodeParts: { wrapCaller: calls.wrapCaller },
  })
  return { network, clock, ...calls }
}

/** What the nodes send for a sum, in order. */
const kinds = [
  'advertisement',
  'dealt-shares',
  'masked-input',
  'survivor-signature',
  'opened-shares',
] as const

/** One of four drops out of the second round from one message on, and hears of it when that is too late. */
export async function dropOut(kind: (typeof kinds)[number]): Promise<void> {
  const { network, clock, taken } = await openUnhurried()
  await using _ = network
  await network.stopNode('d')
  const line = mute(kind, { onceIn: 2 })
  await network.startNode('d', line)
  const run = await network.startRun(recipeOf(secure, { rounds: 2, roundWithinSeconds }))
  await taken(kind, 6) // of a, b and c in two rounds
  clock.pass(roundWithinSeconds)
  const next = kinds[kinds.indexOf(kind) + 1]
  if (next) await taken(next, 4)
  else await network.watchRun(run, ({ phase }) => phase === 'evaluating')
  line.restore()
  const view = await network.awaitRun(run)
  assert.equal(view.phase, 'done', `${kind}: ${view.reason}`)
  const isIn = kind === 'survivor-signature' || kind === 'opened-shares' // its input was in the sum already
  assert.deepEqual(sent(view, 2), isIn ? partners : ['a', 'b', 'c'], kind)
  const facts = view.exposures.map(({ fact }) => fact)
  assert.deepEqual(facts, isIn ? [] : ["d's update is exposed, up to the drift between rounds 1 and 2"])
}
