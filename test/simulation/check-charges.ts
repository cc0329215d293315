import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import type { Ended } from './invariants.ts'

/** Each answer is charged once: one usage event at the node, the same at the hub, one query of the key's budget. */
export function checkCharges({ machines, people, onWrong }: Ended): void {
  const { cases, reviewed } = people.acknowledged
  const node = join(machines.get('a')!.root, 'node.sqlite')
  const atNode = usageOf(node)
  const atHub = usageOf(join(machines.get('hub')!.root, 'hub.sqlite'))
  const charged = new Map<string, number>()
  for (const { about } of atNode) charged.set(about, (charged.get(about) ?? 0) + 1)
  for (const [about, count] of charged) if (count > 1) onWrong(`case ${about} is charged ${count} times`)
  const owed = [...cases.filter(({ state }) => state === 'answered'), ...reviewed]
  for (const { id } of owed) if (!charged.has(id)) onWrong(`case ${id} was answered and is not charged`)
  const known = new Set(atHub.map(({ id }) => id))
  if (known.size !== atHub.length) onWrong('the hub has a usage event twice')
  for (const { id } of atNode) if (!known.has(id)) onWrong(`usage ${id} was never told to the hub`)
  const own = new Set(atNode.map(({ id }) => id))
  for (const { id } of atHub) if (!own.has(id)) onWrong(`the hub has usage ${id}, which its node has lost`)
  checkBudget(node, onWrong)
}

function usageOf(path: string): { id: string; about: string }[] {
  return rowsOf(path, `select id, json_extract(signed, '$.document.case') as about from usage`).map(
    ({ id, about }) => ({ id: String(id), about: String(about) }),
  )
}

/** What a key has spent is what its cases come to; nothing is held but for cases that wait. */
function checkBudget(path: string, onWrong: (what: string) => void): void {
  const [account] = rowsOf(
    path,
    'select sum(queries_spent) as spent, sum(queries_held) as held from access_account',
  )
  const [count] = rowsOf(
    path,
    `select (select count(*) from asked_case) + (select count(*) from plain_answer) as cases,
            (select count(*) from access_reservation) as reserved`,
  )
  const [spent, cases] = [Number(account?.spent ?? 0), Number(count?.cases)]
  if (spent !== cases) onWrong(`${spent} queries are spent for ${cases} cases`)
  if (Number(account?.held ?? 0) !== 0 || Number(count?.reserved) !== 0)
    onWrong('budget stays set aside for questions that are over')
}

function rowsOf(path: string, query: string) {
  const database = new DatabaseSync(path, { readOnly: true })
  const rows = database.prepare(query).all()
  database.close()
  return rows
}
