import { createHash } from 'node:crypto'
import { createRandom, type Random } from '@consort/protocol'
import { replaceFiles } from './built-in-files.ts'
import { replaceRandomness } from './built-in-randomness.ts'
import { replaceServers } from './built-in-servers.ts'
import { forgetDatabases, noteSyncOfLog, replaceSqlite } from './built-in-sqlite.ts'
import { replaceThreads } from './built-in-threads.ts'
import { replaceTimers } from './built-in-timers.ts'
import type { DiskFaults } from './disk.ts'
import { lives } from './life.ts'
import { createNetwork, type Link, type NetworkSetup, type VirtualNetwork } from './network.ts'
import { createVirtualTime, type VirtualTime } from './virtual-time.ts'

/** Everything around the code of hub and nodes, made from one seed. */
export interface World {
  readonly time: VirtualTime
  /** What happens to happen: another stream than the one that the product's code draws from. */
  readonly chance: Random
  readonly network: VirtualNetwork
  linkOf(machine: string): Link
  diskFaultsOf(machine: string): DiskFaults
  /** Writes into the trace. */
  note(what: string): void
  /** What has happened so far, as one digest: the same seed gives the same one. */
  digest(): string
}

/** Longer than this no sync of a log takes, in milliseconds. */
const syncMsMax = 5

let current: World & { readonly entropy: Random; readonly beganMs: number }
let servers: ReturnType<typeof replaceServers>
let isInstalled = false

export interface WorldOptions {
  readonly began: Date
  readonly onNote?: ((line: string) => void) | undefined
  readonly onSent?: NetworkSetup['onSent']
}

/**
 * Makes a world of this seed, the only one of this process: the one before is over. Its clocks begin at `began`, in a
 * time to come, so that every file of this machine is old there. `onNote` is told of what happens, with the virtual time.
 */
export function openWorld(
  seed: number,
  { began, onNote = () => {}, onSent = () => {} }: WorldOptions,
): World {
  const beganMs = began.getTime()
  install()
  servers.clear()
  forgetDatabases()
  const trace = createHash('sha256')
  const time = createVirtualTime()
  const note = (what: string): void => {
    const line = `${time.nowMs.toFixed(1)} ${what}`
    trace.update(line)
    onNote(line)
  }
  const links = new Map<string, Link>()
  const disks = new Map<string, DiskFaults>()
  const chance = createRandom(seed)
  const linkOf = (machine: string): Link =>
    known(links, machine, () => ({ isCut: false, lossy: 0, delayMs: 1 }))
  current = {
    time,
    chance,
    beganMs,
    entropy: createRandom(seed ^ 0x5bd1e995),
    network: createNetwork({ time, random: chance, find: servers.find, linkOf, note, onSent }),
    linkOf,
    diskFaultsOf: machine =>
      known(disks, machine, () => ({ isFull: false, failsSync: false, onFailedSync: () => {} })),
    note,
    digest: () => trace.copy().digest('hex').slice(0, 16),
  }
  globalThis.fetch = current.network.fetch as never
  return current
}

function known<T>(all: Map<string, T>, name: string, make: () => T): T {
  const found = all.get(name) ?? make()
  all.set(name, found)
  return found
}

/** Once in a process: what Node gives to all code is given by the present world from here on. */
function install(): void {
  if (isInstalled) return
  isInstalled = true
  const time = (): VirtualTime => current.time
  const faults = (): DiskFaults | undefined => {
    const life = lives.getStore()
    return life && current.diskFaultsOf(life.machine)
  }
  const failSync = (error: object): void => {
    const present = faults()
    if (!present?.failsSync) return
    present.failsSync = false
    present.onFailedSync()
    throw Object.assign(new Error('disk I/O error'), error)
  }
  servers = replaceServers()
  replaceTimers(time, () => current.beganMs)
  replaceRandomness(() => current.entropy, time)
  replaceThreads(time)
  replaceFiles(async path => {
    if (current.chance.integer(2) === 0)
      await new Promise<void>(resolve => {
        current.time.after(current.chance.integer(syncMsMax), resolve).isHeld = false // Node ends without it
      })
    failSync({ code: 'EIO' })
    noteSyncOfLog(path)
  })
  replaceSqlite({
    onWrite() {
      if (faults()?.isFull)
        throw Object.assign(new Error('database or disk is full'), { code: 'ERR_SQLITE_ERROR', errcode: 13 })
    },
    onSync: () => failSync({ code: 'ERR_SQLITE_ERROR', errcode: 1034 }),
  })
}
