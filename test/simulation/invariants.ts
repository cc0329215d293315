import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { emptyChain, verifyEntries } from '@consort/agreements'
import {
  hubEndpoints,
  type Id,
  isRefusal,
  nodeEndpoints,
  parseKeyPair,
  type RunView,
} from '@consort/protocol'
import { readEventLog } from '@consort/storage'
import { checkWeights } from './check-weights.ts'
import type { Machine } from './machine.ts'
import type { People } from './people.ts'
import { type Prepared, preparedKey } from './prepared.ts'
import { later } from './run-schedule.ts'
import type { Trained } from './stub-engine.ts'
import type { World } from './world/world.ts'

/** A consortium at the end of a schedule, healed. */
export interface Ended {
  readonly world: World
  readonly prepared: Prepared
  readonly machines: ReadonlyMap<string, Machine>
  readonly people: People
  readonly trained: readonly Trained[]
  readonly onWrong: (what: string) => void
}

/** No run waits longer than its phases together, with some attempts of each. */
const runSeconds = 1500
/** What is told in the background is told by then. */
const toldMs = 30_000

/** Waits until everything that was begun is over, and looks at each promise. */
export async function checkPromises(ended: Ended): Promise<void> {
  const views = await checkRuns(ended)
  await later(ended.world, toldMs)
  for (const view of views) {
    const tolerance = ended.people.acknowledged.runs.some(({ id, isSecure }) => id === view.id && isSecure)
      ? 2e-3
      : 0
    if (view.phase === 'done') await checkWeights(ended, view, { tolerance })
  }
  await checkCases(ended)
  checkCharges(ended)
  checkLogs(ended)
}

async function checkRuns({ world, people, onWrong }: Ended): Promise<RunView[]> {
  const { acknowledged, operator } = people
  const views: RunView[] = []
  const byKey = new Map<string, Id<'run'>>()
  for (const { id, key } of acknowledged.runs) {
    if (byKey.has(key)) {
      if (byKey.get(key) !== id) onWrong('one order opened two runs')
      continue
    }
    byKey.set(key, id)
    const view = await endOf(id)
    if (view) views.push(view)
  }
  async function endOf(run: Id<'run'>): Promise<RunView | undefined> {
    let last = ''
    for (let seconds = 0; seconds < runSeconds; seconds += 5) {
      const view = await operator(hubEndpoints.getRun, { params: { run }, query: {} }).catch(error => {
        if (isRefusal(error, 'not-found')) onWrong(`run ${run} was acknowledged and is lost`)
        else onWrong(`run ${run} cannot be looked at: ${String(error)}`)
      })
      if (!view || ['done', 'failed', 'cancelled'].includes(view.phase)) return view ?? undefined
      const now = `${view.phase}, round ${view.round}: ${view.reason}`
      if (now !== last) world.note(`run ${run} ${now}`)
      last = now
      await later(world, 5000)
    }
    onWrong(`run ${run} does not end: ${last}`)
    return undefined
  }
  for (const run of acknowledged.cancelled)
    if (views.find(({ id }) => id === run)?.phase !== 'cancelled')
      onWrong(`run ${run} was cancelled and is not`)
  for (const { id, phase, reason } of views) world.note(`run ${id} ${phase} ${reason}`)
  return views
}

async function checkCases({ people, onWrong }: Ended): Promise<void> {
  const { acknowledged, application } = people
  const byKey = new Map<string, Id<'case'>>()
  for (const { id, key, state, answer } of acknowledged.cases) {
    if ((byKey.get(key) ?? id) !== id) onWrong('one question became two cases')
    byKey.set(key, id)
    const view = await application(nodeEndpoints.getCase, { params: { case: id }, query: {} }).catch(error =>
      onWrong(`case ${id} was acknowledged and is lost: ${String(error)}`),
    )
    if (view && state === 'answered' && view.answer?.class !== answer)
      onWrong(`case ${id} was answered ${answer}, and says ${view.answer?.class}`)
  }
}

/** Each answer is charged once: one usage event at the node, and the same at the hub. */
function checkCharges({ machines, people, onWrong }: Ended): void {
  const atNode = usageOf(join(machines.get('a')!.root, 'node.sqlite'))
  const atHub = usageOf(join(machines.get('hub')!.root, 'hub.sqlite'))
  const charged = new Map<string, number>()
  for (const { about } of atNode) charged.set(about, (charged.get(about) ?? 0) + 1)
  for (const [about, count] of charged) if (count > 1) onWrong(`case ${about} is charged ${count} times`)
  for (const { id, state } of people.acknowledged.cases)
    if (state === 'answered' && !charged.has(id)) onWrong(`case ${id} was answered and is not charged`)
  const known = new Set(atHub.map(({ id }) => id))
  if (known.size !== atHub.length) onWrong('the hub has a usage event twice')
  for (const { id } of atNode) if (!known.has(id)) onWrong(`usage ${id} was never told to the hub`)
  for (const { id } of atHub)
    if (!atNode.some(one => one.id === id)) onWrong(`the hub has usage ${id}, which its node has lost`)
}

function usageOf(path: string): { id: string; about: string }[] {
  const database = new DatabaseSync(path, { readOnly: true })
  const rows = database
    .prepare(`select id, json_extract(signed, '$.document.case') as about from usage`)
    .all()
  database.close()
  return rows.map(({ id, about }) => ({ id: String(id), about: String(about) }))
}

function checkLogs({ machines, prepared, onWrong }: Ended): void {
  for (const { name, root } of machines.values()) {
    const sort = name === 'hub' ? 'hub' : 'node'
    const { publicKey } = parseKeyPair(preparedKey(prepared, name, `${sort}.key`))
    try {
      verifyEntries(emptyChain(publicKey), readEventLog(join(root, `${sort}.sqlite`)))
    } catch (error) {
      onWrong(`the log of ${name} does not verify: ${String(error)}`)
    }
  }
}
