import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Hub } from '@consort/hub'
import { openHub } from '@consort/hub'
import { type Node, openNode } from '@consort/node'
import type { FileSystem, OnFailedSync } from '@consort/storage'
import { silent } from '../network.ts'
import { hubPort, type Prepared, partners } from './prepared.ts'
import { createStubEngine, type Trained } from './stub-engine.ts'
import { databasesOf } from './world/built-in-sqlite.ts'
import { type Disk, diskAfterDeath, filesOf, loadDisk } from './world/disk.ts'
import { type Life, lives } from './world/life.ts'
import type { World } from './world/world.ts'

/** A machine that runs the hub's process or a node's, and may lose it at any moment. */
export interface Machine {
  readonly name: string
  /** Sets the machine's clock, so much ahead of the others' in milliseconds. */
  setClock(aheadMs: number): void
  /** The process ends after so many more operations on its disk, and starts again `downMs` later. */
  dieAfter(operations: number, how: { isPowerLost: boolean; downMs: number }): void
  /** The process ends now, unless there is none, and starts again `downMs` later. */
  die(how: { isPowerLost: boolean; downMs: number }): void
  /** Stops the process in order; it starts again `downMs` later, or not at all. */
  stop(downMs?: number): Promise<void>
  readonly isUp: boolean
  /** How many processes it has had. */
  readonly lives: number
  /** The scopes in which it keeps blobs. */
  listBlobs(): Promise<string[]>
  /** Where its data directory lies at the moment. */
  readonly root: string
}

/** What a machine is told of, and tells. */
export interface MachineSetup {
  readonly world: World
  readonly prepared: Prepared
  /** A folder of this schedule's own. */
  readonly directory: string
  readonly trained: Trained[]
  /** The partners whose records have a privacy budget. */
  readonly budgeted: readonly string[]
  /** Told of what no process may do. */
  readonly onWrong: (what: string) => void
}

type Process = Hub | Node

/** More than any schedule spends: what is judged is the book, not what is refused at its end. */
const budgetPolicy = 'privacy: { budgets: [{ dataset: plane, epsilon: 1000 }], metricsEpsilon: 1 }\n'

/** Longer than this no operation on a disk takes, in milliseconds. */
const diskMsMax = 5

/** Starts the machine's process for the first time. */
export async function startMachine(name: string, setup: MachineSetup): Promise<Machine> {
  const { world, prepared, directory, onWrong } = setup
  let disk: Disk = await loadDisk(join(prepared.directory, name), join(directory, `${name}-0`))
  if (setup.budgeted.includes(name)) writeFileSync(join(disk.root, 'policy.yaml'), budgetPolicy)
  let [skewMs, generation, begun, operationsLeft] = [0, 0, 0, Number.POSITIVE_INFINITY]
  let plan = { isPowerLost: false, downMs: 1000 }
  let life: Life | undefined
  let running: Process | undefined
  let death = Promise.withResolvers<void>()

  const start = async (): Promise<void> => {
    const own: Life = {
      machine: name,
      isDead: false,
      skewMs: () => skewMs,
      onDisk: () => {
        operationsLeft -= 1
        if (operationsLeft <= 0) machine.die(plan)
      },
    }
    life = own
    death = Promise.withResolvers()
    begun += 1
    const faults = world.diskFaultsOf(name)
    const pause = async (): Promise<void> => {
      if (world.chance.integer(4) > 0) return
      await new Promise<void>(resolve => {
        world.time.after(world.chance.integer(diskMsMax), resolve).isHeld = false // Node ends without it
      })
    }
    const onFailedSync: OnFailedSync = () => machine.die({ isPowerLost: true, downMs: 1000 })
    try {
      const opened = await lives.run(own, () =>
        openProcess(name, {
          setup,
          root: disk.root,
          files: filesOf(disk, own, { faults, pause }),
          onFailedSync,
        }),
      )
      if (life === own && !own.isDead) running = opened
      world.note(`${name} up`)
    } catch (error) {
      if (own.isDead) return
      world.note(`${name} does not start: ${String(error)}`)
      if (!world.diskFaultsOf(name).isFull) onWrong(`${name} does not start: ${String(error)}`)
      machine.die({ isPowerLost: false, downMs: 1000 })
    }
  }
  const startLater = (ms: number): void => {
    lives.run(undefined, () => world.time.after(ms, () => void start()))
  }
  const machine: Machine = {
    name,
    setClock(aheadMs) {
      skewMs = aheadMs
    },
    dieAfter(operations, how) {
      operationsLeft = operations
      plan = how
    },
    die({ isPowerLost, downMs }) {
      const own = life
      if (!own || own.isDead) return
      own.isDead = true
      death.resolve()
      operationsLeft = Number.POSITIVE_INFINITY
      running = undefined
      life = undefined
      generation += 1
      world.note(`${name} dies${isPowerLost ? ', its power lost' : ''}`)
      const newRoot = join(directory, `${name}-${generation}`)
      disk = diskAfterDeath(disk, own, { newRoot, isPowerLost, random: world.chance })
      // A statement may be under way: the files are let go of in the next turn.
      const held = [...databasesOf(own)]
      lives.run(undefined, () => {
        world.time.soon(() => {
          for (const { close } of held) close()
        })
        world.network.breakLink(name)
      })
      startLater(downMs)
    },
    async stop(downMs) {
      const [own, process] = [life, running]
      if (!own || !process) return
      running = undefined
      world.note(`${name} stops`)
      // One that dies while it stops never says that it has.
      await Promise.race([lives.run(own, () => process[Symbol.asyncDispose]()), death.promise])
      if (own.isDead) return
      const held = world.time.heldBy(own)
      if (held > 0) onWrong(`${name} keeps ${held} timers after its end`)
      own.isDead = true
      life = undefined
      world.network.breakLink(name)
      if (downMs !== undefined) startLater(downMs)
    },
    listBlobs: () => disk.files.list('/blobs'),
    get lives() {
      return begun
    },
    get isUp() {
      return running !== undefined
    },
    get root() {
      return disk.root
    },
  }
  await start()
  return machine
}

interface Start {
  readonly setup: MachineSetup
  readonly root: string
  readonly files: FileSystem
  readonly onFailedSync: OnFailedSync
}

async function openProcess(name: string, { setup, root, files, onFailedSync }: Start): Promise<Process> {
  const common = { dataPath: root, databaseUrl: undefined, logLevel: 'silent' } as const
  const parts = { files, onFailedSync, log: silent }
  if (name === 'hub') {
    const listen = { host: '127.0.0.1', port: hubPort }
    const transport = { blobs: undefined, publicUrl: undefined, tls: undefined, behindTlsProxy: false }
    return await openHub({ ...common, ...transport, listen, consortium: 'testers' }, parts)
  }
  const places = { caFile: undefined, policyFile: undefined, proxy: { https: undefined, no: undefined } }
  return await openNode(
    { ...common, ...places, port: portOf(name), readMemoryBytes: 2 ** 26 },
    {
      work: true,
      parts: { ...parts, fetch: setup.world.network.fetch, openEngine: createStubEngine(setup.trained) },
    },
  )
}

/** Where the node of this partner listens. */
export function portOf(name: string): number {
  return hubPort + 1 + partners.indexOf(name as 'a')
}
