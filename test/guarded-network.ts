import assert from 'node:assert/strict'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { NodeParts, OpenNodeEngine } from '@consort/node'
import {
  hubEndpoints,
  type ModelCard,
  nodeEndpoints,
  type RecipeInput,
  type RunView,
} from '@consort/protocol'
import { samplingPlan } from '@consort/train'
import { type Network, openPrepared } from './network.ts'
import { tableRecipe } from './table-data.ts'

export const noise = { clip: 1, noiseMultiplier: 2 }
export const short = { rounds: 1, partnersMin: 1, roundWithinSeconds: 20 }
export const privateRecipe = {
  ...tableRecipe,
  federation: short,
  privacy: { differentialPrivacy: noise },
} as const satisfies RecipeInput

export const words = 'Accuracy on held-out records was published before the project began.'

export function setPolicy(network: Network, name: string, privacy: object): void {
  const policy = JSON.stringify({ cpu: { threads: 1 }, privacy })
  writeFileSync(join(network.directory, name, 'policy.yaml'), `${policy}\n`)
}

/** Says that it has trained as the recipe asks, at once: what is tested here is what stands around it. */
export const idleEngine: OpenNodeEngine = async ({ recipe, data }) => ({
  async train(on, { weights, epochs }) {
    const examples = data[on].count
    const mechanism = samplingPlan(recipe, { examples, epochs })
    const done = { weights: Float32Array.from(weights), examples, loss: undefined, steps: 1 }
    return { ...done, ...(mechanism && { mechanism }) }
  },
  evaluate: async on => ({ examples: data[on].count, values: { accuracy: 0.75, loss: 0.5 } }),
  [Symbol.asyncDispose]: async () => {},
})

/** Partners a and b; a keeps a budget. */
export async function openGuarded(
  privacy: object,
  nodeParts: Partial<NodeParts> = { openEngine: idleEngine },
): Promise<Network> {
  return await openPrepared(
    async network => {
      await network.joinWithTables({ a: 100, b: 90 })
      setPolicy(network, 'a', privacy)
    },
    { nodeParts },
  )
}

export const budgetOf = (epsilon: number, more: object = {}) => ({
  budgets: [{ dataset: 'plane', epsilon, ...more }],
})

export async function runOnce(network: Network, recipe: RecipeInput = privateRecipe): Promise<RunView> {
  const view = await network.awaitRun(await network.startRun(recipe))
  assert.equal(view.phase, 'done', view.reason)
  return view
}

/** What kept a member from its part of a round's training. */
export function failureOf(view: RunView, name: string, round = 1): string | undefined {
  return view.history[round - 1]!.members.find(member => member.name === name)?.failure?.code
}

export async function cardOf(network: Network, view: RunView): Promise<ModelCard> {
  return await network.operator(hubEndpoints.getModel, { params: { version: view.result! } })
}

export const show = (network: Network) => network.callNode('a')(nodeEndpoints.showBudgets)

export async function leftOf(network: Network, dataset = 'plane'): Promise<number> {
  const { budgets } = await show(network)
  const budget = budgets.find(candidate => candidate.dataset === dataset)
  assert.ok(budget, `${dataset} has a budget`)
  return budget.leftShare
}

export async function register(network: Network, dataset: string, lines: readonly string[]): Promise<void> {
  const path = join(network.directory, `${dataset}.csv`)
  writeFileSync(path, `${lines.join('\n')}\n`)
  const source = { kind: 'csv', path, label: 'state' } as const
  await network.addDataset('a', { dataset, source, validation: 0.2 })
}

export function linesOf(network: Network, name: string): string[] {
  return readFileSync(join(network.directory, `${name}.csv`), 'utf8')
    .trim()
    .split('\n')
}
