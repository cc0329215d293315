import { spawnSync } from 'node:child_process'
import { rmSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { nodeEndpoints } from '@consort/protocol'
import { holderOf, joinPartners, putTriage, review, sure, termsFor, trainModel, unsure } from '../asking.ts'
import { budgetOf, privateRecipe, runOnce, setPolicy, words } from '../guarded-network.ts'
import { type Network, openNetwork } from '../network.ts'

/**
 * Makes one hub and two nodes with something in each room, and packs their directories into the archive that
 * is named. Run by hand before a release changes tables: `node --conditions=source
 * test/upgrades/make-directories.ts FILE.tar.gz`.
 */
export async function makeDirectories(archive: string): Promise<void> {
  await using network = await openNetwork()
  await joinPartners(network, { rows: 800 })
  await network.agree(termsFor(['a']))
  const { application, expert } = await answerCases(network)
  // A budget at b, and a run that spends some of it; what a's agent answered reaches the hub before that run's task
  // does.
  setPolicy(network, 'b', { ...budgetOf(30), exempt: { metrics: words } })
  await runOnce(network, privateRecipe)

  for (const name of ['a', 'b']) await network.stopNode(name)
  await network.hub[Symbol.asyncDispose]()
  writeFileSync(
    join(network.directory, 'keys.json'),
    JSON.stringify({ application: application.key, expert: expert.key }),
  )
  pack(network.directory, archive)
}

/**
 * A model and an agent that answers a case alone, has a person answer another, and leaves a third one open.
 */
async function answerCases(network: Network) {
  const { ask, application, expert } = await putTriage(network, await trainModel(network))
  const { id, state } = await ask(sure)
  if (state !== 'answered') throw new Error('the gate is closed: no case is answered alone')
  const feedback = { params: { case: id }, body: { verdict: 'wrong', label: 'well' } } as const
  await holderOf(network, 'a', application.key)(nodeEndpoints.giveFeedback, feedback)
  await review(holderOf(network, 'a', expert.key), (await ask(unsure)).id, 'ill')
  await ask(unsure)
  return { application, expert }
}

function pack(directory: string, archive: string): void {
  for (const path of ['hub/hub.sqlite', 'a/node.sqlite', 'b/node.sqlite']) {
    const database = new DatabaseSync(join(directory, path))
    database.exec('vacuum; pragma journal_mode = delete')
    database.close()
  }
  for (const name of ['hub', 'a', 'b']) rmSync(join(directory, name, 'lock'))
  const options = ['--sort=name', '--owner=0', '--group=0', '--numeric-owner']
  const { status } = spawnSync('tar', [...options, '-czf', resolve(archive), '-C', directory, '.'], {
    stdio: 'inherit',
  })
  if (status !== 0) throw new Error('tar did not pack the directories')
}

if (import.meta.main) await makeDirectories(process.argv[2] ?? 'directories.tar.gz')
