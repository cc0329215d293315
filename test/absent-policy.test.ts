import assert from 'node:assert/strict'
import { renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import test from 'node:test'
import { openNode } from '@consort/node'
import { consort } from './cli-process.ts'
import { openNetwork, silent } from './network.ts'
import { tableRecipe } from './table-data.ts'

const oneRound = { ...tableRecipe, federation: { rounds: 1 } }

test('a named policy that is gone starts no node and lets a running one do nothing, until it is back', async () => {
  await using network = await openNetwork()
  await network.joinWithTables({ a: 60, b: 90 })
  await network.stopNode('a')
  const policyFile = join(network.directory, 'site.yaml')
  const config = { ...network.nodeConfig('a'), policyFile }
  const start = () => openNode(config, { work: true, parts: { log: silent } })
  await assert.rejects(start(), { code: 'policy-refused', message: /CONSORT_POLICY_FILE: .*does not exist/ })

  writeFileSync(policyFile, 'cpu: { threads: 1 }\n')
  network.nodes.set('a', await start())
  assert.equal((await network.awaitRun(await network.startRun(oneRound))).phase, 'done')
  rmSync(policyFile)
  const view = await network.awaitRun(await network.startRun(oneRound))
  assert.equal(view.phase, 'failed')
  assert.match(view.reason, /a: policy-refused/)
  writeFileSync(policyFile, 'cpu: { threads: 1 }\n')
  assert.equal((await network.awaitRun(await network.startRun(oneRound))).phase, 'done')
})

test('a policy that is renamed to policy.yml while the node runs allows nothing, and the doctor says so', async () => {
  await using network = await openNetwork()
  await network.joinWithTables({ a: 60, b: 90 })
  const at = (name: string): string => join(network.directory, 'a', name)
  renameSync(at('policy.yaml'), at('policy.yml'))
  assert.match((await network.awaitRun(await network.startRun(oneRound))).reason, /a: policy-refused/)
  const sick = await consort('--data', join(network.directory, 'a'), 'doctor')
  assert.equal(sick.code, 6)
  assert.match(sick.out, /✗ +policy +.*policy\.yml is not read/)
  assert.match(sick.out, /Rename it/)
  renameSync(at('policy.yml'), at('policy.yaml'))
  const healthy = await consort('--data', join(network.directory, 'a'), 'doctor')
  assert.match(healthy.out, /✓ +policy +.*policy\.yaml, 1 threads/)
})
