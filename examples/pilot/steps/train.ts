import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { copyFileSync, existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import type { RunView, TaskFailure } from '@consort/protocol'
import { backUp, tellSpent } from '../budgets.ts'
import { memberKey } from '../member-key.ts'
import type { Pilot, Step } from '../pilot.ts'
import { setPolicy } from '../policy.ts'
import type { Hospital } from '../scenario.ts'
import type { TapFault } from '../setting/tap.ts'
import { until } from '../until.ts'

const trainerAt = (name: string): string => fileURLToPath(new URL(`../../trainers/${name}`, import.meta.url))

export const train: Step = {
  title: 'Train: ten rounds; a lying hub, bad lines, a hub and a node that die, one with its own program',
  async run(pilot) {
    const { hub, hospitals, say, proxy, caught } = pilot
    say(`va trains with ${bringOwnTrainer(pilot)}`)
    backUp(pilot)
    const { id } = await hub.consort<{ id: string }>('run', 'start', hub.file('recipe.yaml'), '--detach')
    pilot.run = id
    await lie(pilot)
    await disturbLines(pilot)
    await killHub(pilot)
    const victim = hospitals.get('hungarian')!
    await victim.stop('SIGKILL')
    await hospitals.get('switzerland')!.stall(3000)
    await victim.start('partner', 'start')
    const over = await until(
      async () => (now => (now.ended === null ? undefined : now))(await view(pilot)),
      120_000,
      'the end of the run',
    )
    assert.equal(over.phase, 'done', over.reason)
    assert.equal(over.history.length, 10)
    const last = over.history.at(-1)!
    const received = last.members.filter(member => member.outcome === 'received').map(({ name }) => name)
    assert.ok(received.length >= 3)
    for (const name of ['hungarian', 'switzerland']) assert.ok(received.includes(name), name)
    caught('a node killed in training', 'hungarian came back and trained on')
    caught('a node that stands still', 'switzerland stood still for three seconds; the round waited')
    assert.ok(
      over.history.some(round =>
        round.members.some(member => member.name === 'va' && member.outcome === 'received'),
      ),
      'the program of va is part of the model',
    )
    pilot.model = over.result!
    for (const { fact } of over.exposures) say(`What the sums tell together: ${fact}.`)
    for (const { name, metrics } of last.evaluations) {
      say(
        `${name.padEnd(12)} ${(100 * (metrics?.values.accuracy ?? Number.NaN)).toFixed(1)} % of ${metrics?.examples}`,
      )
    }
    await tellSpent(pilot)
    assert.ok(proxy.cuts > 0)
    caught(
      'a proxy that cuts what is silent',
      `${proxy.cuts} connections of cleveland's were cut, no round lost`,
    )
  },
}

const view = ({ hub, run }: Pilot): Promise<RunView> => hub.consort('run', 'show', run)

/** What a hub that lies might send to one hospital; the hospital refuses and says so, the others go on. */
async function lie(pilot: Pilot): Promise<void> {
  const lies: readonly {
    name: string
    to: Hospital
    failure: TaskFailure
    fault: Omit<TapFault, 'name' | 'member' | 'method'>
  }[] = [
    {
      name: 'another model for one node',
      to: 'switzerland',
      failure: 'weights-invalid',
      fault: { path: '^/v1/tasks/[^/]+/weights/', how: { kind: 'flip-bit' } },
    },
    {
      name: 'a task that was changed after it was signed',
      to: 'cleveland',
      failure: 'roster-altered',
      fault: {
        path: '^/v1/tasks/next',
        how: { kind: 'replace', from: '"work":"train"', to: '"work":"evaluate"' },
      },
    },
  ]
  for (const { name, to, failure, fault } of lies) {
    pilot.tap.plant({ name, method: 'GET', member: await memberKey(pilot, to), ...fault })
    await pilot.tap.struck(name)
    const found = await until(
      async () =>
        (await view(pilot)).history
          .flatMap(({ round, members, evaluations }) =>
            [...members, ...evaluations].map(({ name, failure }) => ({ round, name, failure })),
          )
          .find(member => member.name === to && member.failure?.code === failure),
      60_000,
      `${to} reports ${failure}`,
    )
    pilot.caught(name, `${to} refused it in round ${found.round}: ${failure}`)
  }
}

/** An acknowledgement that is lost, and a request that somebody sends again. */
async function disturbLines(pilot: Pilot): Promise<void> {
  const { tap, caught } = pilot
  const [lost, again] = ['a lost acknowledgement', 'a request recorded and sent again']
  const update = { method: 'POST', path: '^/v1/tasks/[^/]+/aggregation$' } as const
  tap.plant({ name: lost, ...update, member: await memberKey(pilot, 'va'), how: { kind: 'lose-answer' } })
  await tap.struck(lost)
  tap.plant({ name: again, ...update, member: await memberKey(pilot, 'hungarian'), how: { kind: 'repeat' } })
  const { status, code } = await tap.struck(again)
  assert.deepEqual([status, code], [401, 'nonce-unknown'])
  caught(again, `${status} ${code}`)
  const isIn = async () =>
    (await view(pilot)).history.find(({ members }) =>
      members.some(({ name, weight }) => name === 'va' && weight),
    )
  await until(isIn, 60_000, 'the update of va is in a sum')
  caught(lost, 'va said the same again in the secure sum, and it counted once')
}

async function killHub(pilot: Pilot): Promise<void> {
  const { hub, caught, startHub } = pilot
  const before = await view(pilot)
  assert.equal(before.ended, null, 'the run is under way')
  await hub.stop('SIGKILL')
  await startHub()
  const after = await view(pilot)
  assert.ok(after.round >= before.round)
  caught('a hub killed in a round', `killed and started again in round ${before.round}`)
}

/** PyTorch where a Python has it, else a program without it: the contract is the same. */
function bringOwnTrainer(pilot: Pilot): string {
  const site = pilot.hospitals.get('va')!
  const python = ['python3', '/usr/bin/python3'].find(
    file => spawnSync(file, ['-c', 'import torch'], { stdio: 'ignore' }).status === 0,
  )
  const name = python ? 'train_pytorch.py' : 'train-logistic.mjs'
  assert.ok(existsSync(trainerAt(name)))
  copyFileSync(trainerAt(name), site.file(name))
  const command = [python ?? process.execPath, site.file(name)]
  setPolicy(pilot, site, { epsilon: pilot.scenario.budget, command })
  return python
    ? 'PyTorch, by its own script'
    : 'its own script in plain JavaScript (no Python with torch was found)'
}
