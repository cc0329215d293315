import assert from 'node:assert/strict'
import {
  type Caller,
  hubEndpoints,
  type MemberMessage,
  type RecipeInput,
  Refusal,
  type RunView,
} from '@consort/protocol'
import { openNetwork } from './network.ts'
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
  federation: { rounds: 2, partnersMin: 4, roundWithinSeconds: 20, ...federation },
})

/** From its message of this kind on, the node no longer reaches the hub about any sum; `onceIn` is the only round in which that happens. */
export function mute(kind: MemberMessage['kind'], onceIn?: number): (call: Caller) => Caller {
  let [isMute, round] = [false, 0]
  return call =>
    (async (endpoint, input, options) => {
      const which = endpoint as unknown
      if (which === hubEndpoints.getCohort) {
        round += 1
        isMute = false
      }
      const message = (input as { body?: MemberMessage } | undefined)?.body
      if (which === hubEndpoints.sendAggregationMessage && message?.kind === kind)
        isMute = onceIn === undefined || round === onceIn
      const isAbout =
        which === hubEndpoints.sendAggregationMessage || which === hubEndpoints.getAggregationMessage
      if (isMute && isAbout) throw new Refusal('unreachable', 'the line is cut')
      return await call(endpoint, input as never, options)
    }) as Caller
}

/** Whose updates are in the version of a round. */
export const sent = (view: RunView, round: number): string[] =>
  view.history[round - 1]!.members.filter(({ weight }) => weight !== null).map(({ name }) => name)

/** One of four drops out of the second round from one message on. */
export async function dropOut(kind: MemberMessage['kind']): Promise<void> {
  await using network = await openNetwork()
  await network.joinWithTables(tables)
  await network.stopNode('d')
  await network.startNode('d', { wrapCaller: mute(kind, 2) })
  const view = await network.awaitRun(
    await network.startRun(recipeOf(secure, { rounds: 2, roundWithinSeconds: 5 })),
  )
  assert.equal(view.phase, 'done', `${kind}: ${view.reason}`)
  const isIn = kind === 'survivor-signature' || kind === 'opened-shares' // its input was in the sum already
  assert.deepEqual(sent(view, 2), isIn ? partners : ['a', 'b', 'c'], kind)
  const facts = view.exposures.map(({ fact }) => fact)
  assert.deepEqual(facts, isIn ? [] : ["d's update is exposed, up to the drift between rounds 1 and 2"])
}
