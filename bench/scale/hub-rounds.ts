import { readFileSync } from 'node:fs'
import { startKillableHub } from '../../test/faults/killable-hub.ts'
import { openNetwork } from '../../test/network.ts'
import { tableRecipe } from '../../test/table-data.ts'

/**
 * Milliseconds of processor time that the hub, a process of its own, needs for a round with so many nodes, which have
 * next to nothing to train. Linux only.
 */
export async function measureHubRounds({
  nodes,
  rounds,
}: {
  nodes: number
  rounds: number
}): Promise<number> {
  let pid = 0
  await using network = await openNetwork({
    async startHub(config) {
      const hub = await startKillableHub(config)
      pid = hub.process.pid ?? 0
      return hub
    },
  })
  const names = Array.from({ length: nodes }, (_, number) => `n${String(number).padStart(3, '0')}`)
  await network.joinWithTables(Object.fromEntries(names.map(name => [name, 40])))
  const before = processorMs(pid)
  const run = await network.startRun({ ...tableRecipe, federation: { rounds, partnersMin: nodes } })
  const { phase, reason } = await network.awaitRun(run)
  if (phase !== 'done') throw new Error(reason)
  return (processorMs(pid) - before) / rounds
}

/** In user and system mode, from ticks of 10 ms. */
function processorMs(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]!.split(' ')
  return (Number(fields[11]) + Number(fields[12])) * 10
}
