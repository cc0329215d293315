import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { copyFileSync, existsSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import type { RunView } from '@consort/protocol'
import { type Pilot, type Step, until } from '../pilot.ts'

const trainerAt = (name: string): string => fileURLToPath(new URL(`../../trainers/${name}`, import.meta.url))

export const train: Step = {
  title: 'Train: ten rounds; one node dies, one is slow, one trains with its own program',
  async run(pilot) {
    const { hub, hospitals, say, proxy } = pilot
    say(`va trains with ${bringOwnTrainer(pilot)}`)
    const { id } = await hub.consort<{ id: string }>('run', 'start', hub.file('recipe.yaml'), '--detach')
    pilot.run = id
    await until(async () => ((await view(pilot)).round >= 3 ? true : undefined), 60_000, 'the third round')
    const victim = hospitals.get('hungarian')!
    await victim.stop('SIGKILL')
    say('hungarian was killed in the middle of a round')
    await hospitals.get('switzerland')!.stall(3000)
    say('switzerland stood still for three seconds')
    await victim.start('partner', 'start')
    const over = await until(
      async () => (now => (now.ended === null ? undefined : now))(await view(pilot)),
      120_000,
      'the end of the run',
    )
    assert.equal(over.phase, 'done', over.reason)
    assert.equal(over.history.length, 10)
    const last = over.history.at(-1)!
    assert.ok(last.members.filter(member => member.outcome === 'received').length >= 3)
    assert.ok(
      over.history.some(round =>
        round.members.some(member => member.name === 'va' && member.outcome === 'received'),
      ),
      'the program of va is part of the model',
    )
    pilot.model = over.result!
    for (const { name, metrics } of last.evaluations) {
      say(
        `${name.padEnd(12)} ${(100 * (metrics?.values.accuracy ?? Number.NaN)).toFixed(1)} % of ${metrics?.examples}`,
      )
    }
    say(`The proxy before cleveland cut ${proxy.cuts} silent connections meanwhile.`)
  },
}

const view = ({ hub, run }: Pilot): Promise<RunView> => hub.consort('run', 'show', run)

/** PyTorch where a Python has it, else a program without it: the contract is the same. */
function bringOwnTrainer({ hospitals }: Pilot): string {
  const site = hospitals.get('va')!
  const python = ['python3', '/usr/bin/python3'].find(
    file => spawnSync(file, ['-c', 'import torch'], { stdio: 'ignore' }).status === 0,
  )
  const name = python ? 'train_pytorch.py' : 'train-logistic.mjs'
  assert.ok(existsSync(trainerAt(name)))
  copyFileSync(trainerAt(name), site.file(name))
  const command = [python ?? process.execPath, site.file(name)]
  writeFileSync(
    site.file('policy.yaml'),
    `cpu: { threads: 1 }\ntrainer: { command: ${JSON.stringify(command)}, memoryMaxMb: 4096 }\n`,
  )
  return python
    ? 'PyTorch, by its own script'
    : 'its own script in plain JavaScript (no Python with torch was found)'
}
