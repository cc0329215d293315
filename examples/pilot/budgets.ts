import assert from 'node:assert/strict'
import { cpSync, readdirSync, rmSync } from 'node:fs'
import type { BudgetsView, ModelCard, RunView } from '@consort/protocol'
import type { Pilot } from './pilot.ts'
import { setPolicy } from './policy.ts'
import { until } from './until.ts'

/** The hospital whose books are put back. */
const restored = 'hungarian'

const booksOf = (path: string): string[] => readdirSync(path).filter(name => name.startsWith('node.sqlite'))

/** What a nightly backup would keep of a node. */
export function backUp({ hospitals }: Pilot): void {
  const site = hospitals.get(restored)!
  for (const name of booksOf(site.path)) cpSync(site.file(name), site.file(`backup/${name}`))
}

/** What the card of the model says of each hospital, and what is left there. */
export async function tellSpent({ hub, hospitals, model, scenario, say }: Pilot): Promise<void> {
  const { privacy } = await hub.consort<ModelCard>('model', 'show', model)
  const epsilonMax = scenario.terms.privacy.epsilonMax!
  assert.deepEqual(
    privacy.map(({ member }) => member),
    [...hospitals.keys()],
  )
  for (const { member, epsilon, delta, exempt } of privacy) {
    assert.ok(epsilon > 0 && Object.keys(exempt).length >= 3, member)
    say(
      `${member.padEnd(12)} ε ≤ ${epsilon.toFixed(2)} at δ = ${delta.toPrecision(2)}, against those who get the model`,
    )
  }
  say(`The agreement allows ε = ${epsilonMax} a run, each hospital ${scenario.budget} for ever.`)
  for (const [name, site] of hospitals) {
    const { budgets, books } = await site.consort<BudgetsView>('budget', 'show')
    assert.equal(books, 'current')
    assert.ok(budgets[0]!.leftShare > 0 && budgets[0]!.leftShare < 1, name)
  }
}

/** A hospital that has nothing left keeps out of the next run, which goes on without it. */
export async function exhaust(pilot: Pilot): Promise<void> {
  const { hub, hospitals, scenario, caught } = pilot
  const site = hospitals.get('switzerland')!
  setPolicy(pilot, site, { epsilon: 0.5 })
  const { id } = await hub.consort<{ id: string }>('run', 'start', hub.file('recipe.yaml'), '--detach')
  const failure = await until(
    async () =>
      (await hub.consort<RunView>('run', 'show', id)).history
        .flatMap(({ members }) => members)
        .find(({ name, failure }) => name === 'switzerland' && failure)?.failure,
    60_000,
    'switzerland keeps out of a run that it cannot afford',
  )
  assert.equal(failure?.code, 'privacy-budget-exceeded')
  caught(
    'a run beyond the privacy budget',
    `switzerland: ${failure?.code}, see ${failure?.reference} in its log`,
  )
  await hub.consort('run', 'cancel', id)
  setPolicy(pilot, site, { epsilon: scenario.budget })
}

/** A node whose books were put back spends nothing until it is told that they were. */
export async function restoreBackup({ hospitals, caught }: Pilot): Promise<void> {
  const site = hospitals.get(restored)!
  await site.stop()
  for (const name of booksOf(site.path)) rmSync(site.file(name))
  for (const name of readdirSync(site.file('backup'))) cpSync(site.file(`backup/${name}`), site.file(name))
  await site.start('partner', 'start')
  const forgetful = await site.consort<BudgetsView>('budget', 'show')
  assert.equal(forgetful.books, 'restored')
  const { budgets, books } = await site.consort<BudgetsView>('budget', 'reconcile', '--yes')
  assert.equal(books, 'current')
  assert.ok(budgets[0]!.leftShare < forgetful.budgets[0]!.leftShare)
  caught(
    'privacy books restored from a backup',
    `they showed ε = ${forgetful.budgets[0]!.left.toFixed(2)} left; ${budgets[0]!.left.toFixed(2)} it is`,
  )
}
