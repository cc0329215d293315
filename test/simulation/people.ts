import {
  type Caller,
  createCaller,
  hubEndpoints,
  type Id,
  type KeyPair,
  nodeEndpoints,
  parseKeyPair,
  parseRecipe,
} from '@consort/protocol'
import { tableRecipe } from '../table-data.ts'
import { createInsisting } from './insist.ts'
import { portOf } from './machine.ts'
import { partners as allPartners, hubPort, type Prepared, preparedKey } from './prepared.ts'
import type { Action } from './schedule.ts'
import { type Acknowledgement, createSigners, type Signers } from './signers.ts'
import type { World } from './world/world.ts'

/** What somebody was told is so. */
export interface Acknowledged {
  readonly runs: { readonly id: Id<'run'>; readonly key: string; readonly isSecure: boolean }[]
  readonly cancelled: Id<'run'>[]
  readonly cases: AskedCase[]
  /** Final answers of the expert. */
  readonly reviewed: { readonly id: Id<'case'>; readonly class: string }[]
  /** Guarantees that were withdrawn, by number. */
  readonly withdrawn: number[]
  /** What members signed, as it was shown to them. */
  readonly signatures: Acknowledgement[]
}

export interface AskedCase {
  readonly id: Id<'case'>
  readonly key: string
  readonly state: string
  readonly answer: string | null
  /** Guarantees that had been withdrawn when the question was first put. */
  readonly after: readonly number[]
}

/** Those who use the consortium from outside. They repeat what they asked for until they are told. */
export interface People extends Signers {
  readonly acknowledged: Acknowledged
  readonly operator: Caller
  readonly application: Caller
  order(action: Extract<Action, { kind: 'run' }>): Promise<void>
  cancel(): Promise<void>
  ask(action: Extract<Action, { kind: 'ask' }>): Promise<void>
  /** The expert answers whatever waits. */
  review(): Promise<void>
  /** The operator of the agent takes its promise back. */
  withdraw(): Promise<void>
}

export interface PeopleSetup {
  readonly world: World
  readonly prepared: Prepared
  /** Those whose machines take part. */
  readonly partners: readonly string[]
  /** Told of what nobody may be told. */
  readonly onWrong: (what: string) => void
}

/** Nobody has asked for anything yet. */
export function createPeople({ world, prepared, partners, onWrong }: PeopleSetup): People {
  const acknowledged: Acknowledged = {
    runs: [],
    cancelled: [],
    cases: [],
    reviewed: [],
    withdrawn: [],
    signatures: [],
  }
  const { fetch } = world.network
  const insist = createInsisting(world, onWrong)
  const keyOf = (machine: string, file: string): KeyPair => parseKeyPair(preparedKey(prepared, machine, file))
  const signing = (key: KeyPair, port: number): Caller =>
    createCaller({ base: `http://127.0.0.1:${port}`, fetch, key, nowMs: Date.now })
  const holder = (key: string): Caller =>
    createCaller({
      base: `http://127.0.0.1:${portOf('a')}`,
      fetch: (url, init) =>
        fetch(url, { ...init, headers: { ...init.headers, authorization: `Bearer ${key}` } }),
      nowMs: Date.now,
    })
  const operator = signing(keyOf('hub', 'operator.key'), hubPort)
  const ownerOfNode = (name: string): Caller => signing(keyOf(name, 'node.key'), portOf(name))
  const application = holder(prepared.application)
  const expert = holder(prepared.expert)
  const signers = createSigners({
    ...{ insist, operator, onWrong, signatures: acknowledged.signatures },
    callHub: key => signing(key, hubPort),
    founders: allPartners.map(name => ({
      name,
      key: keyOf(name, 'node.key'),
      node: partners.includes(name) ? ownerOfNode(name) : undefined,
    })),
  })
  const severalTimes = async <T>(orders: number, call: () => Promise<T | undefined>): Promise<T[]> => {
    const told = await Promise.all(Array.from({ length: orders }, call))
    return told.filter(one => one !== undefined)
  }
  const askOnce = async (cells: { x: number; y: number }, orders: number): Promise<void> => {
    const after = [...acknowledged.withdrawn]
    const latest = acknowledged.cases
      .map(({ id }) => id)
      .toSorted()
      .at(-1)
    const idempotencyKey = crypto.randomUUID()
    const body = { record: { kind: 'row' as const, cells }, idempotencyKey }
    const params = { agent: 'triage' }
    const told = await severalTimes(orders, () =>
      insist('a question', () => application(nodeEndpoints.askAgent, { params, body, query: {} })),
    )
    for (const { id, state, answer } of told) {
      // What has been learnt from cases is kept by the id of the last one: a later case has to come after it.
      if (latest !== undefined && id < latest)
        onWrong(`case ${id} comes before ${latest}, which was there first`)
      acknowledged.cases.push({ id, key: idempotencyKey, state, answer: answer?.class ?? null, after })
    }
  }
  return {
    acknowledged,
    operator,
    application,
    async order(action) {
      const idempotencyKey = crypto.randomUUID()
      const body = { recipe: recipeOf(action), idempotencyKey }
      const told = await severalTimes(action.orders, () =>
        insist('an order of a run', () => operator(hubEndpoints.createRun, { body })),
      )
      for (const { id } of told)
        acknowledged.runs.push({ id, key: idempotencyKey, isSecure: action.isSecure })
    },
    async cancel() {
      const run = acknowledged.runs.at(-1)?.id
      if (!run) return
      const view = await insist('a cancellation', () => operator(hubEndpoints.cancelRun, { params: { run } }))
      if (view?.phase === 'cancelled') acknowledged.cancelled.push(run)
    },
    async ask({ x, y, orders }) {
      // Another question keeps the model busy, so that those that are repeated wait together.
      const busy = orders > 1 ? askOnce({ x: -x, y: -y }, 1) : undefined
      await askOnce({ x, y }, orders)
      await busy
    },
    async review() {
      const waiting = await insist('the queue of cases', () => expert(nodeEndpoints.listReviews))
      for (const id of waiting?.open ?? []) {
        const params = { case: id }
        const said = world.chance.integer(4) === 0 ? 'ill' : 'well'
        const answer = (stage: 'first' | 'final') =>
          insist('an answer of the expert', () =>
            expert(nodeEndpoints.answerReview, { params, body: { stage, class: said } }),
          )
        if ((await answer('first')) && (await answer('final')))
          acknowledged.reviewed.push({ id, class: said })
      }
    },
    async withdraw() {
      const owner = ownerOfNode('a')
      const params = { agent: 'triage' }
      const listed = await insist('a look at the agent', () => owner(nodeEndpoints.listAgents))
      const number = listed?.agents[0]?.guarantee.number
      if (number === undefined) return
      const body = { reason: 'drift', number } as const
      const told = await insist('a withdrawal', () =>
        owner(nodeEndpoints.withdrawGuarantee, { params, body }),
      )
      if (told) acknowledged.withdrawn.push(number)
    },
    ...signers,
  }
}

/** Noise of which a run costs little, so that no schedule comes to the end of a budget. */
const differentialPrivacy = { clip: 1, noiseMultiplier: 4 }

function recipeOf({ rounds, partners, isSecure, isNoised, atMs }: Extract<Action, { kind: 'run' }>) {
  return parseRecipe({
    ...tableRecipe,
    seed: Math.round(atMs),
    privacy: { secureAggregation: isSecure, ...(isNoised && { differentialPrivacy }) },
    federation: {
      rounds,
      partnersMin: partners,
      roundWithinSeconds: 60,
      startWithinSeconds: 120,
      evaluateWithinSeconds: 60,
    },
  })
}
