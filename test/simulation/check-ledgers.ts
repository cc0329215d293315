import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { addLosses, type LossCurve, lossOf, parseLedger, parseLossCurve } from '@consort/privacy'
import { z } from 'zod'
import type { Ended } from './invariants.ts'

const releaseSchema = z.object({ task: z.string(), release: z.string(), settled: z.int(), loss: z.string() })

/**
 * What a node has told of records that have a budget stands in its books, never less and never twice: each update is
 * charged once, each answer about accuracy at least once for each noise that was drawn. The ledgers say what the list
 * of releases says, and show all that the hub has signed for.
 */
export function checkLedgers({ machines, budgeted, released, onWrong }: Ended): void {
  const hub = new DatabaseSync(join(machines.get('hub')!.root, 'hub.sqlite'), { readOnly: true })
  for (const name of budgeted) {
    const machine = machines.get(name)
    if (!machine) continue
    const book = bookOf(join(machine.root, 'node.sqlite'))
    const own = released.filter(one => one.machine === name)
    for (const task of new Set(own.map(one => one.task))) {
      const told = new Set(own.filter(one => one.task === task).map(({ text }) => text)).size
      const charged = book.releases.filter(one => one.task === task && one.settled === 1).length
      if (charged < told)
        onWrong(`${name} has told ${told} things for ${task} and was charged for ${charged}`)
      const isUpdate = own.some(one => one.task === task && one.what === 'update')
      if (isUpdate && charged > 1) onWrong(`${name} was charged ${charged} times for ${task}`)
    }
    const listed = addLosses(...book.releases.map(({ loss }) => parseLossCurve(JSON.parse(loss))))
    if (!isNear(listed, book.ledgers)) onWrong(`the ledgers of ${name} say something else than its releases`)
    if (book.counter !== book.releases.length)
      onWrong(`${name} counts ${book.counter} reservations and has ${book.releases.length}`)
    const signed = hub
      .prepare('select counter from privacy_mark where member = (select id from member where name = ?)')
      .get(name)
    if (Number(signed?.counter ?? 0) > book.counter)
      onWrong(`the hub has signed for reservations that ${name} has lost`)
  }
  hub.close()
}

function bookOf(path: string) {
  const database = new DatabaseSync(path, { readOnly: true })
  const releases = z
    .array(releaseSchema)
    .parse(database.prepare('select task, release, settled, loss from privacy_release').all())
  const ledgers = database.prepare('select ledger from privacy_ledger').all()
  const mark = database.prepare('select counter from privacy_mark').get()
  database.close()
  return {
    releases,
    ledgers: addLosses(...ledgers.map(({ ledger }) => lossOf(parseLedger(JSON.parse(String(ledger)))))),
    counter: Number(mark?.counter ?? 0),
  }
}

/** Sums of the same numbers in another order. */
function isNear(one: LossCurve, other: LossCurve): boolean {
  return one.every((loss, at) => Math.abs(loss - other[at]!) <= 1e-9 * Math.max(1, Math.abs(loss)))
}
