import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { type Id, nodeEndpoints } from '@consort/protocol'
import type { Ended } from './invariants.ts'

/** Each case that was acknowledged is there, once, with the answer that was told; promises that ended stay ended. */
export async function checkCases(ended: Ended): Promise<void> {
  const { people, onWrong } = ended
  const { acknowledged, application } = people
  const byKey = new Map<string, Id<'case'>>()
  const classes = new Map(acknowledged.reviewed.map(review => [review.id, review.class]))
  for (const { id, key, state, answer } of acknowledged.cases) {
    if ((byKey.get(key) ?? id) !== id) onWrong('one question became two cases')
    if (byKey.has(key)) continue
    byKey.set(key, id)
    const view = await application(nodeEndpoints.getCase, { params: { case: id }, query: {} }).catch(error =>
      onWrong(`case ${id} was acknowledged and is lost: ${String(error)}`),
    )
    if (!view) continue
    const told = classes.get(id) ?? (state === 'answered' ? answer : undefined)
    if (told !== undefined && view.answer?.class !== told)
      onWrong(`case ${id} was answered ${told}, and says ${view.answer?.class}`)
  }
  checkWithdrawn(ended)
}

/** What was asked after a promise was taken back is not answered under it. */
function checkWithdrawn({ machines, people, onWrong }: Ended): void {
  const database = new DatabaseSync(join(machines.get('a')!.root, 'node.sqlite'), { readOnly: true })
  const alone = database.prepare('select id, guarantee from plain_answer').all()
  database.close()
  const promises = new Map(alone.map(({ id, guarantee }) => [String(id), Number(guarantee)]))
  for (const { id, after } of people.acknowledged.cases)
    for (const number of after)
      if ((promises.get(id) ?? Number.POSITIVE_INFINITY) <= number)
        onWrong(`case ${id} is answered under promise ${number}, which was withdrawn before`)
}
