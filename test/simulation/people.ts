import {
  type Caller,
  createCaller,
  hubEndpoints,
  type Id,
  nodeEndpoints,
  parseKeyPair,
  parseRecipe,
  Refusal,
} from '@consort/protocol'
import { tableRecipe } from '../table-data.ts'
import { portOf } from './machine.ts'
import { hubPort, type Prepared, preparedKey } from './prepared.ts'
import type { Action } from './schedule.ts'
import type { World } from './world/world.ts'

/** What somebody was told is so. */
export interface Acknowledged {
  readonly runs: { readonly id: Id<'run'>; readonly key: string; readonly isSecure: boolean }[]
  readonly cancelled: Id<'run'>[]
  readonly cases: {
    readonly id: Id<'case'>
    readonly key: string
    readonly state: string
    readonly answer: string | null
  }[]
}

/** Those who use the consortium from outside. They repeat what they asked for until they are told. */
export interface People {
  readonly acknowledged: Acknowledged
  readonly operator: Caller
  readonly application: Caller
  readonly expert: Caller
  order(action: Extract<Action, { kind: 'run' }>): Promise<void>
  cancel(): Promise<void>
  ask(action: Extract<Action, { kind: 'ask' }>): Promise<void>
  /** The expert answers whatever waits. */
  review(): Promise<void>
}

const passing: ReadonlySet<string> = new Set(['unreachable', 'busy', 'disk-full'])

/** `onWrong` is told of what nobody may be told. */
export function createPeople(world: World, prepared: Prepared, onWrong: (what: string) => void): People {
  const acknowledged: Acknowledged = { runs: [], cancelled: [], cases: [] }
  const { fetch } = world.network
  const operator = createCaller({
    base: `http://127.0.0.1:${hubPort}`,
    fetch,
    key: parseKeyPair(preparedKey(prepared, 'hub', 'operator.key')),
    nowMs: Date.now,
  })
  const holder = (key: string): Caller =>
    createCaller({
      base: `http://127.0.0.1:${portOf('a')}`,
      fetch: (url, init) =>
        fetch(url, { ...init, headers: { ...init.headers, authorization: `Bearer ${key}` } }),
      nowMs: Date.now,
    })
  const application = holder(prepared.application)
  const expert = holder(prepared.expert)

  /** Until there is an answer that does not pass; undefined for a refusal. */
  const insist = async <T>(what: string, call: () => Promise<T>): Promise<T | undefined> => {
    for (;;) {
      try {
        return await call()
      } catch (error) {
        if (!(error instanceof Refusal)) throw error
        if (error.code === 'internal') onWrong(`${what} is answered with "internal"`)
        // A nonce is made anew by each process: a caller that met three of them in one call tries again.
        else if (!passing.has(error.code) && error.code !== 'nonce-unknown') {
          world.note(`${what} is refused: ${error.code}`)
          return undefined
        }
        await new Promise<void>(resolve => world.time.after(500, resolve))
      }
    }
  }
  const severalTimes = async <T>(orders: number, call: () => Promise<T | undefined>): Promise<T[]> => {
    const told = await Promise.all(Array.from({ length: orders }, call))
    return told.filter(one => one !== undefined)
  }
  return {
    acknowledged,
    operator,
    application,
    expert,
    async order(action) {
      const idempotencyKey = crypto.randomUUID()
      const { rounds, partners, isSecure, orders } = action
      const recipe = parseRecipe({
        ...tableRecipe,
        seed: Math.round(action.atMs),
        privacy: { secureAggregation: isSecure },
        federation: {
          rounds,
          partnersMin: partners,
          roundWithinSeconds: 60,
          startWithinSeconds: 120,
          evaluateWithinSeconds: 60,
        },
      })
      const told = await severalTimes(orders, () =>
        insist('an order of a run', () =>
          operator(hubEndpoints.createRun, { body: { recipe, idempotencyKey } }),
        ),
      )
      for (const { id } of told) acknowledged.runs.push({ id, key: idempotencyKey, isSecure })
    },
    async cancel() {
      const run = acknowledged.runs.at(-1)?.id
      if (!run) return
      const view = await insist('a cancellation', () => operator(hubEndpoints.cancelRun, { params: { run } }))
      if (view?.phase === 'cancelled') acknowledged.cancelled.push(run)
    },
    async ask({ x, y, orders }) {
      const idempotencyKey = crypto.randomUUID()
      const body = { record: { kind: 'row' as const, cells: { x, y } }, idempotencyKey }
      const told = await severalTimes(orders, () =>
        insist('a question', () =>
          application(nodeEndpoints.askAgent, { params: { agent: 'triage' }, body, query: {} }),
        ),
      )
      for (const { id, state, answer } of told)
        acknowledged.cases.push({ id, key: idempotencyKey, state, answer: answer?.class ?? null })
    },
    async review() {},
  }
}
