import { mkdtempSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { checkPromises, later } from './invariants.ts'
import { type Machine, startMachine } from './machine.ts'
import { createPeople, type People } from './people.ts'
import { type Prepared, scheduleBegan } from './prepared.ts'
import { type Action, budgetedOf, machinesOf, scheduleMs } from './schedule.ts'
import type { Trained } from './stub-engine.ts'
import { watchOpenedShares } from './watch-opened-shares.ts'
import { type Released, watchReleases } from './watch-releases.ts'
import { isOfTheDead, lives } from './world/life.ts'
import { openWorld, type World } from './world/world.ts'

/** What came of a schedule. */
export interface Outcome {
  /** Each is a promise that was not kept; none if all is well. */
  readonly wrong: readonly string[]
  /** Of all that happened: the same seed and actions give the same one. */
  readonly digest: string
}

/** Whatever was begun is over after so long without faults, in virtual time. */
const patienceMs = 1_800_000

/** Plays one schedule in a world of this seed, lets all faults end, and looks at what was promised. */
export async function runSchedule(
  prepared: Prepared,
  { seed, actions, onNote }: { seed: number; actions: readonly Action[]; onNote?: (line: string) => void },
): Promise<Outcome> {
  const directory = mkdtempSync(join(prepared.directory, 'played-'))
  const wrong = new Set<string>()
  const onWrong = (what: string): void => {
    if (!wrong.has(what)) world.note(`WRONG: ${what}`)
    wrong.add(what)
  }
  const onUnhandled = (error: unknown): void => {
    if (!isOfTheDead(error)) onWrong(`nobody handles ${textOf(error)}`)
  }
  const released: Released[] = []
  const watched = [watchOpenedShares(what => onWrong(what)), watchReleases(released)]
  const world = openWorld(seed, {
    began: scheduleBegan,
    onNote,
    onSent: sent => {
      for (const watch of watched) watch(sent)
    },
  })
  process.on('unhandledRejection', onUnhandled)
  try {
    await world.time.drive(
      play({ world, prepared, directory, seed, actions, released, onWrong }),
      scheduleMs + 2 * patienceMs,
    )
  } catch (error) {
    onWrong(textOf(error))
  } finally {
    process.off('unhandledRejection', onUnhandled)
    rmSync(directory, { recursive: true, force: true })
  }
  return { wrong: [...wrong], digest: world.digest() }
}

interface Stage {
  readonly world: World
  readonly prepared: Prepared
  readonly directory: string
  readonly seed: number
  readonly actions: readonly Action[]
  readonly released: readonly Released[]
  readonly onWrong: (what: string) => void
}

async function play(stage: Stage): Promise<void> {
  const { world, prepared, directory, seed, actions, released, onWrong } = stage
  const trained: Trained[] = []
  const budgeted = budgetedOf(seed)
  const setup = { world, prepared, directory, trained, budgeted, onWrong }
  const machines = new Map<string, Machine>()
  for (const name of machinesOf(seed)) machines.set(name, await startMachine(name, setup))
  const people = createPeople({ world, prepared, partners: machinesOf(seed).slice(1), onWrong })
  const begun: Promise<unknown>[] = []
  for (const action of actions)
    world.time.after(action.atMs, () => {
      world.note(`ACTION ${JSON.stringify(action)}`)
      begun.push(act(action, { world, machines, people }).catch(error => onWrong(textOf(error))))
    })
  await later(world, scheduleMs)
  await heal(world, machines)
  await Promise.all(begun)
  await checkPromises({ world, prepared, machines, people, trained, budgeted, released, onWrong })
  for (const machine of machines.values()) await machine.stop()
}

async function act(
  action: Action,
  { world, machines, people }: { world: World; machines: ReadonlyMap<string, Machine>; people: People },
): Promise<void> {
  const machine = 'machine' in action ? machines.get(action.machine)! : undefined
  switch (action.kind) {
    case 'run':
      return await people.order(action)
    case 'cancel':
      return await people.cancel()
    case 'review':
      return await people.review()
    case 'withdraw':
      return await people.withdraw()
    case 'amend':
      return await people.amend(action)
    case 'join':
      return await people.join(action)
    case 'statement':
      return await people.settle()
    case 'ask':
      return await people.ask(action)
    case 'die':
      return action.afterOperations === 0
        ? machine!.die(action)
        : machine!.dieAfter(action.afterOperations, action)
    case 'restart':
      return await machine!.stop(action.downMs)
    case 'clock':
      return machine!.setClock(action.byMs)
    case 'failed-sync':
      Object.assign(world.diskFaultsOf(action.machine), {
        failsSync: true,
        // Whoever goes on after it loses power soon, and with it what was told in between.
        onFailedSync: () =>
          lives.run(undefined, () =>
            world.time.after(Math.min(action.powerLostMs, leftMs(world)), () =>
              machine!.die({ isPowerLost: true, downMs: 1000 }),
            ),
          ),
      })
      return
    case 'disk-full':
      return forAWhile(world, action.forMs, isOn => {
        world.diskFaultsOf(action.machine).isFull = isOn
      })
    case 'cut':
      return forAWhile(world, action.forMs, isOn => {
        world.linkOf(action.machine).isCut = isOn
        if (isOn) world.network.breakLink(action.machine)
      })
    case 'bad-link':
      return forAWhile(world, action.forMs, isOn => {
        const { lossy, delayMs } = isOn ? action : { lossy: 0, delayMs: 1 }
        Object.assign(world.linkOf(action.machine), { lossy, delayMs })
      })
  }
}

function forAWhile(world: World, ms: number, set: (isOn: boolean) => void): void {
  set(true)
  world.time.after(Math.min(ms, leftMs(world)), () => set(false))
}

/** What is left of the time in which things go wrong. */
function leftMs({ time }: World): number {
  return Math.max(0, scheduleMs - 1 - time.nowMs)
}

/** No fault any more, and every process is up. */
async function heal(world: World, machines: ReadonlyMap<string, Machine>): Promise<void> {
  world.note('HEALED')
  for (const machine of machines.values()) {
    machine.setClock(0)
    machine.dieAfter(Number.POSITIVE_INFINITY, { isPowerLost: false, downMs: 0 })
    Object.assign(world.linkOf(machine.name), { isCut: false, lossy: 0, delayMs: 1 })
    Object.assign(world.diskFaultsOf(machine.name), { isFull: false, failsSync: false })
  }
  while ([...machines.values()].some(({ isUp }) => !isUp)) await later(world, 100)
}

function textOf(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error)
}
