import { hubEndpoints, type Id, isRefusal, type RunView } from '@consort/protocol'
import { checkWeights } from './check-weights.ts'
import { type Ended, later } from './invariants.ts'

/** No run waits longer than its phases together, with some attempts of each. */
const runSeconds = 1500
/** The quantiser of secret sums rounds to steps of this size, at the clip of the recipe. */
const sumTolerance = 2e-3

/** Each run that was acknowledged is there, once, and ends; what is done has the weights that were trained. */
export async function checkRuns(ended: Ended): Promise<void> {
  const { acknowledged } = ended.people
  const byKey = new Map<string, Id<'run'>>()
  const seen = new Map<Id<'run'>, RunView>()
  for (const { id, key, isSecure } of acknowledged.runs) {
    if ((byKey.get(key) ?? id) !== id) ended.onWrong('one order opened two runs')
    if (byKey.has(key)) continue
    byKey.set(key, id)
    const view = await endOf(ended, id)
    if (!view) continue
    seen.set(id, view)
    ended.world.note(`run ${id} ${view.phase} ${view.reason}`)
    if (view.phase === 'done') await checkWeights(ended, view, { tolerance: isSecure ? sumTolerance : 0 })
    checkFailures(ended, view)
  }
  for (const run of acknowledged.cancelled)
    if (seen.get(run)?.phase !== 'cancelled') ended.onWrong(`run ${run} was cancelled and is not`)
}

async function endOf({ world, people, onWrong }: Ended, run: Id<'run'>): Promise<RunView | undefined> {
  let last = ''
  for (let seconds = 0; seconds < runSeconds; seconds += 5) {
    const view = await people.operator(hubEndpoints.getRun, { params: { run }, query: {} }).catch(error => {
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

/** Disks that fail and partners that are away may end a run or a task; no document or book does, nor a fault of the product. */
const forbidden: ReadonlySet<string> = new Set([
  'agreement-refused',
  'agreement-altered',
  'agreement-unsigned',
  'signature-invalid',
  'roster-altered',
  'policy-refused',
  'privacy-budget-exceeded',
  'privacy-budget-restored',
  'privacy-parameters-invalid',
  'internal',
])

function checkFailures({ onWrong }: Ended, { id, history, reason }: RunView): void {
  for (const { round, members } of history)
    for (const { name, failure } of members)
      if (failure && forbidden.has(failure.code))
        onWrong(`the task of ${name} in round ${round} of ${id} failed with ${failure.code}`)
  if (/agreement|a fault of the hub: internal/.test(reason)) onWrong(`run ${id} ended: ${reason}`)
}
