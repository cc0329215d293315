import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import {
  type Caller,
  createCaller,
  hubEndpoints,
  nodeEndpoints,
  parseKeyPair,
  parseRecipe,
  type Recipe,
  type RunView,
} from '@consort/protocol'
import { joinPartners, putTriage, termsFor, trainModel } from './asking.ts'
import { setPolicy, words } from './guarded-network.ts'
import { type Network, openNetwork } from './network.ts'
import { tableRecipe, writeTable } from './table-data.ts'

const dayMs = 24 * 3_600_000
/** Small, so that many segments are sealed. */
export const segmentEntries = 100

/** The machine's clock, which a test sets forward for all at once, and the sweeps that wait for it. */
export function openYear() {
  let passedMs = 0
  const sweeps: (() => Promise<void>)[] = []
  const now = (): Date => new Date(Date.now() + passedMs)
  return {
    now,
    parts: { now, segmentEntries, onSweeper: (sweep: () => Promise<void>) => void sweeps.push(sweep) },
    async pass(days: number) {
      passedMs += days * dayMs
      for (const sweep of sweeps) await sweep()
    },
  }
}

/** Calls a server as the one whose key lies in a file, by the year's clock. */
export function callerAt(base: string, keyFile: string, now: () => Date): Caller {
  const key = parseKeyPair(readFileSync(keyFile, 'utf8'))
  return createCaller({ base, fetch: fetch as never, key, nowMs: () => now().getTime() })
}

const keep = {
  log: 30,
  answers: 30,
  webhooks: 30,
  usage: 10,
  cards: 30,
  consultations: 40,
  sums: 30,
  runs: 30,
  work: 7,
}

/** Four partners whose rules are short; the agent of `a` is asked, and all train on records with a budget. */
export async function openConsortium(year: ReturnType<typeof openYear>) {
  const network = await openNetwork({
    hubParts: year.parts,
    nodeParts: year.parts,
    hubConfig: { keep },
    nodeConfig: { keep },
  })
  await joinPartners(network)
  await addGuarded(network)
  await network.agree(terms)
  const asking = await putTriage(network, await trainModel(network))
  const at = (name: string, file: string) => join(network.directory, name, file)
  const nodeAt = (name: string) => callerAt(network.nodes.get(name)!.url, at(name, 'node.key'), year.now)
  const callers = {
    hub: callerAt(network.hub.url, at('hub', 'operator.key'), year.now),
    ...{ a: nodeAt('a'), b: nodeAt('b'), c: nodeAt('c'), d: nodeAt('d') },
  }
  return { network, asking, at, callers }
}

/** Two more partners, and records of all four that `a` gives a budget. */
async function addGuarded(network: Network): Promise<void> {
  for (const name of ['c', 'd']) await network.join(name)
  await network.signRoster()
  const budgets = [{ dataset: 'guarded', epsilon: 100 }]
  setPolicy(network, 'a', { budgets, exempt: { metrics: words, statistics: words } })
  for (const [index, name] of ['a', 'b', 'c', 'd'].entries()) {
    const path = join(network.directory, `guarded-${name}.csv`)
    writeTable(path, { rows: 60, seed: 10 + index })
    const source = { kind: 'csv', path, label: 'state' } as const
    await network.addDataset(name, { dataset: 'guarded', source, validation: 0.2 })
  }
}

const plain = termsFor(['a', 'b'])
const terms = {
  ...plain,
  data: [...plain.data, { ...plain.data[0]!, dataset: 'guarded' }],
  recipes: [...plain.recipes, { name: 'guarded' }],
}

/** Two rounds under masks and noise. */
export const guardedRecipe = parseRecipe({
  ...tableRecipe,
  ...{ name: 'guarded', dataset: 'guarded', federation: { rounds: 2, partnersMin: 4 } },
  privacy: { secureAggregation: true, differentialPrivacy: { clip: 1, noiseMultiplier: 4 } },
})

/** Trains by a recipe with all who have the data, who have just called. */
export async function train({ callers }: Consortium, recipe: Recipe): Promise<RunView> {
  const { hub, ...nodes } = callers
  for (const node of Object.values(nodes)) await node(nodeEndpoints.showRoster)
  const body = { recipe, idempotencyKey: crypto.randomUUID() }
  const { id: run } = await hub(hubEndpoints.createRun, { body })
  for (let after = 0; ; ) {
    const view = await hub(hubEndpoints.getRun, { params: { run }, query: { after, wait: 5 } })
    if (view.ended !== null) {
      assert.equal(view.phase, 'done', view.reason)
      return view
    }
    after = view.revision
  }
}

export type Consortium = Awaited<ReturnType<typeof openConsortium>>

/** What is said of a run and its model, but for rounds that did not make it; and what was spent on it. */
export async function saidOf({ callers: { hub } }: Consortium, { id, result }: RunView) {
  const { history, isCondensed, ...view } = await hub(hubEndpoints.getRun, { params: { run: id }, query: {} })
  const round = history.filter(({ version }) => version === result)
  const { privacy, ...model } = await hub(hubEndpoints.getModel, { params: { version: result! } })
  return { view, round, model, privacy, rounds: isCondensed ? 1 : history.length }
}
