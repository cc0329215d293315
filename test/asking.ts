import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import {
  type AgentView,
  type AgreementTerms,
  type Caller,
  type CaseView,
  createCaller,
  type Id,
  type Input,
  nodeEndpoints,
  type Result,
} from '@consort/protocol'
import { Webhook } from 'standardwebhooks'
import type { Network } from './network.ts'
import { tableRecipe, writeTable } from './table-data.ts'

export type AccessKey = Result<typeof nodeEndpoints.createAccessKey>

/** Two partners with tables; half of a's records are held out. */
export async function joinPartners(
  network: Network,
  { rows = 3200, validation = 0.5 }: { rows?: number; validation?: number } = {},
): Promise<void> {
  for (const name of ['a', 'b']) await network.join(name)
  await network.signRoster()
  for (const [index, [name, count]] of [['a', rows] as const, ['b', 300] as const].entries()) {
    const path = join(network.directory, `${name}.csv`)
    writeTable(path, { rows: count, seed: index + 1 })
    const source = { kind: 'csv', path, label: 'state' } as const
    await network.addDataset(name, { dataset: 'plane', source, validation: name === 'a' ? validation : 0.2 })
  }
}

export async function trainModel(network: Network): Promise<Id<'version'>> {
  const run = await network.awaitRun(await network.startRun(tableRecipe))
  if (run.phase !== 'done') throw new Error(run.reason)
  return run.result!
}

/** Calls a node with a key that its operator made. */
export function holderOf(network: Network, name: string, key: string): Caller {
  return createCaller({
    base: network.nodes.get(name)!.url,
    fetch: (url, init) =>
      fetch(url, { ...init, headers: { ...init.headers, authorization: `Bearer ${key}` } } as RequestInit),
    nowMs: Date.now,
  })
}

/** What a test of asking needs: an agent at a node, an application and an expert with keys. */
export interface Asking {
  readonly agent: AgentView
  readonly version: Id<'version'>
  readonly application: AccessKey
  readonly expert: AccessKey
  readonly ask: (record: object, more?: { webhook?: string; idempotencyKey?: string }) => Promise<CaseView>
}

/** No answer is spot-checked, but by a chance of one in a thousand million: tests of spot checks say otherwise. */
export const rarely = { shareMin: 1e-9 }

/** Tests ask the same question again and again: that is a population of its own. */
export const unwatched = { watchPopulation: false }

export async function putTriage(
  network: Network,
  version: Id<'version'>,
  { node = 'a', ...rules }: { node?: string } & Partial<Input<typeof nodeEndpoints.putAgent>['body']> = {},
): Promise<Asking> {
  const operator = network.callNode(node)
  const body = { version, dataset: 'plane', alpha: 0.05, delta: 0.1, audit: rarely, ...unwatched, ...rules }
  const agent = await operator(nodeEndpoints.putAgent, { params: { agent: 'triage' }, body })
  const keyFor = (name: string, holder: 'application' | 'expert') =>
    operator(nodeEndpoints.createAccessKey, { body: { name, holder } })
  const application = await keyFor('clinic-app', 'application')
  const expert = await keyFor('ann', 'expert')
  return {
    agent,
    version,
    application,
    expert,
    ask: (cells, more = {}) => {
      const call = holderOf(network, node, application.key)
      const record = { kind: 'row', cells: cells as Record<string, number> } as const
      const body = { record, idempotencyKey: crypto.randomUUID(), ...more }
      return call(nodeEndpoints.askAgent, { params: { agent: 'triage' }, body })
    },
  }
}

/** Terms under which the agents of these partners may answer. */
export function termsFor(use: string[]): AgreementTerms {
  const text = (en: string) => ({ en, zh: '测试' })
  const number = (name: string) =>
    ({ kind: 'number', name, meaning: text(name), unit: '1', min: -100, max: 100 }) as const
  const codes = ['well', 'ill'].map(code => ({ code, meaning: text(code) }))
  const label = { kind: 'category', name: 'state', meaning: text('state'), codes } as const
  return {
    purpose: text('to tell the ill from the well'),
    data: [{ dataset: 'plane', fields: [number('x'), number('y')], label }],
    statistics: true,
    recipes: [{ name: 'plane' }],
    privacy: { secureAggregation: false, epsilonMax: null },
    use,
    retrainAfterExamples: null,
    benefit: { currency: 'EUR', answerPrice: 100, rule: { kind: 'by-use' } },
  }
}

/** Far from the border between the classes, and on it. */
export const sure = { x: 3, y: -1.5 }
export const unsure = { x: 0.02, y: 0.01 }

/** Records that no node has seen, with their labels. */
export function freshRecords(
  network: Network,
  rows: number,
): { cells: { x: number; y: number }; label: string }[] {
  const path = join(network.directory, 'fresh.csv')
  writeTable(path, { rows, seed: 77 })
  const lines = readFileSync(path, 'utf8').trim().split('\n').slice(1)
  return lines.map(line => {
    const [x, y, label] = line.split(',') as [string, string, string]
    return { cells: { x: Number(x), y: Number(y) }, label }
  })
}

/** Gives the first and the final answer. */
export async function review(call: Caller, id: Id<'case'>, first: string, final = first) {
  const params = { case: id }
  await call(nodeEndpoints.answerReview, { params, body: { stage: 'first', class: first } })
  return await call(nodeEndpoints.answerReview, { params, body: { stage: 'final', class: final } })
}

export interface Delivery {
  readonly id: string
  readonly body: string
  readonly isSigned: boolean
}

export interface Receiver extends AsyncDisposable {
  readonly url: string
  readonly deliveries: readonly Delivery[]
  /** What to answer next, in order; 204 when nothing is left. */
  readonly statuses: number[]
  /** Once so many deliveries have come in. */
  arrived(count: number): Promise<void>
}

function holds(check: () => unknown): boolean {
  try {
    check()
    return true
  } catch {
    return false
  }
}

/** A program of the caller's own that takes webhooks and checks them with the library that callers use. */
export async function openReceiver(secret: string): Promise<Receiver> {
  const deliveries: Delivery[] = []
  const webhook = new Webhook(secret)
  const statuses: number[] = []
  const server = createServer(async (request, response) => {
    const parts: Buffer[] = []
    for await (const part of request) parts.push(part)
    const body = Buffer.concat(parts).toString()
    const { 'webhook-id': id } = request.headers
    const isSigned = holds(() => webhook.verify(body, request.headers as Record<string, string>))
    deliveries.push({ id: String(id), body, isSigned })
    response.writeHead(statuses.shift() ?? 204).end()
    server.emit('delivery')
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook`,
    deliveries,
    statuses,
    async arrived(count) {
      const signal = AbortSignal.timeout(120_000) // a test that fails should also end
      while (deliveries.length < count) await once(server, 'delivery', { signal })
    },
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      await new Promise(resolve => server.close(resolve))
    },
  }
}
