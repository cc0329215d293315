import { join } from 'node:path'
import { monitorEventLoopDelay } from 'node:perf_hooks'
import { DatabaseSync } from 'node:sqlite'
import { setTimeout as sleep } from 'node:timers/promises'
import { hubEndpoints } from '@consort/protocol'
import { joinPartners, putTriage, sure, termsFor, trainModel } from '../../test/asking.ts'
import { openNetwork } from '../../test/network.ts'

/** Seconds that the statement of a month with so many answers takes, and the longest stop of the event loop in ms. */
export async function measureStatement(events: number): Promise<{ seconds: number; stopMs: number }> {
  await using network = await openNetwork()
  await joinPartners(network)
  await network.agree(termsFor(['a', 'b']))
  const asking = await putTriage(network, await trainModel(network))
  await asking.ask(sure)
  const path = join(network.directory, 'hub', 'hub.sqlite')
  const month = await monthOfUsage(path)
  await network.restartHub(() => copyUsage(path, events))
  const delay = monitorEventLoopDelay({ resolution: 5 })
  delay.enable()
  const start = performance.now()
  const timeoutMs = 600_000
  const statement = await network.operator(hubEndpoints.makeStatement, { params: { month } }, { timeoutMs })
  const seconds = (performance.now() - start) / 1000
  delay.disable()
  if (statement.usage.length <= events) throw new Error(`the statement has ${statement.usage.length} answers`)
  return { seconds, stopMs: delay.max / 1e6 }
}

/** Waits until the node has told the hub of the answer. */
async function monthOfUsage(path: string): Promise<string> {
  using database = new DatabaseSync(path, { readOnly: true })
  for (;;) {
    const row = database.prepare('select month from usage limit 1').get()
    if (row) return String(row.month)
    await sleep(100)
  }
}

function copyUsage(path: string, events: number): void {
  using database = new DatabaseSync(path)
  const copy = database.prepare(`insert into usage (id, member, version, month, signed)
    select :id, member, version, month, replace(signed, id, :id) from usage where id = :of`)
  const { id: of } = database.prepare('select id from usage limit 1').get()!
  database.exec('begin')
  for (let number = 0; number < events; number++)
    copy.run({ id: `use_0${String(number).padStart(15, '0')}`, of: of! })
  database.exec('commit')
}
