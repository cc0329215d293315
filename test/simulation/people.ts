import {
  type Caller,
  createCaller,
  digestOfDocument,
  hubEndpoints,
  type Id,
  nodeEndpoints,
  parseKeyPair,
  parseRecipe,
  signDocument,
} from '@consort/protocol'
import { tableRecipe } from '../table-data.ts'
import { createInsisting } from './insist.ts'
import { portOf } from './machine.ts'
import { partners as allPartners, hubPort, type Prepared, preparedKey, terms } from './prepared.ts'
import type { Action } from './schedule.ts'
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
export interface People {
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
  /** Another price is put up and signed by all partners whose machines take part. */
  amend(action: Extract<Action, { kind: 'amend' }>): Promise<void>
  /** The month is worked out and signed. */
  settle(): Promise<void>
}

export interface PeopleSetup {
  readonly world: World
  readonly prepared: Prepared
  /** Those whose machines take part. */
  readonly partners: readonly string[]
  /** Told of what nobody may be told. */
  readonly onWrong: (what: string) => void
}

const month = '2030-01'

/** Nobody has asked for anything yet. */
export function createPeople({ world, prepared, partners, onWrong }: PeopleSetup): People {
  const acknowledged: Acknowledged = { runs: [], cancelled: [], cases: [], reviewed: [], withdrawn: [] }
  const { fetch } = world.network
  const insist = createInsisting(world, onWrong)
  const ownerOf = (machine: string, file: string, port: number): Caller =>
    createCaller({
      base: `http://127.0.0.1:${port}`,
      fetch,
      key: parseKeyPair(preparedKey(prepared, machine, file)),
      nowMs: Date.now,
    })
  const holder = (key: string): Caller =>
    createCaller({
      base: `http://127.0.0.1:${portOf('a')}`,
      fetch: (url, init) =>
        fetch(url, { ...init, headers: { ...init.headers, authorization: `Bearer ${key}` } }),
      nowMs: Date.now,
    })
  const operator = ownerOf('hub', 'operator.key', hubPort)
  const ownerOfNode = (name: string): Caller => ownerOf(name, 'node.key', portOf(name))
  const application = holder(prepared.application)
  const expert = holder(prepared.expert)
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
    async amend({ answerPrice }) {
      const body = { ...terms, benefit: { ...terms.benefit, answerPrice } }
      const view = await insist('an amendment', () => operator(hubEndpoints.proposeAgreement, { body }))
      if (!view?.proposed) return
      const { document } = view.proposed
      const agreement = digestOfDocument(document)
      for (const name of allPartners)
        await insist('a signature', async () => {
          if (partners.includes(name))
            return await ownerOfNode(name)(nodeEndpoints.confirmAgreement, { body: { agreement } })
          // Its machine takes no part: its owner signs from elsewhere.
          const key = parseKeyPair(preparedKey(prepared, name, 'node.key'))
          const signature = signDocument(document, key)
          const elsewhere = ownerOf(name, 'node.key', hubPort)
          return await elsewhere(hubEndpoints.signAgreement, { body: { agreement, signature } })
        })
    },
    async settle() {
      const params = { month }
      const made = await insist('a statement', () =>
        operator(hubEndpoints.makeStatement, { params, query: {} }),
      )
      if (!made) return
      for (const name of partners)
        await insist('a signature of a statement', () =>
          ownerOfNode(name)(nodeEndpoints.confirmStatement, { params, query: {} }),
        )
    },
  }
}

function recipeOf({ rounds, partners, isSecure, atMs }: Extract<Action, { kind: 'run' }>) {
  return parseRecipe({
    ...tableRecipe,
    seed: Math.round(atMs),
    privacy: { secureAggregation: isSecure },
    federation: {
      rounds,
      partnersMin: partners,
      roundWithinSeconds: 60,
      startWithinSeconds: 120,
      evaluateWithinSeconds: 60,
    },
  })
}
