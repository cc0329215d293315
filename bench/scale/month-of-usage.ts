import { join } from 'node:path'
import { monitorEventLoopDelay } from 'node:perf_hooks'
import { DatabaseSync } from 'node:sqlite'
import { setTimeout as sleep } from 'node:timers/promises'
import { hubEndpoints, type KeyPair, nodeEndpoints, signDocument, usageSchema } from '@consort/protocol'
import { joinPartners, putTriage, sure, termsFor, trainModel } from '../../test/asking.ts'
import { openNetwork } from '../../test/network.ts'

/** How long something took, also in processor time of this process, and the longest stop of the event loop. */
export interface Span {
  readonly seconds: number
  readonly processorSeconds: number
  readonly stopMs: number
}

/** The statement of a month with so many answers: the hub makes it, a node checks and signs it. */
export async function measureStatement(events: number): Promise<{ make: Span; check: Span }> {
  await using network = await openNetwork()
  await joinPartners(network)
  await network.agree(termsFor(['a', 'b']))
  const asking = await putTriage(network, await trainModel(network))
  await asking.ask(sure)
  const path = join(network.directory, 'hub', 'hub.sqlite')
  const month = await monthOfUsage(path)
  await network.restartHub(() => copyUsage(path, events, network.identity('a').key))
  const [params, timeoutMs] = [{ month }, 600_000]
  const make = await spanOf(async () => {
    const { proposed } = await network.operator(hubEndpoints.makeStatement, { params }, { timeoutMs })
    const answers = proposed?.document.lines.reduce((sum, line) => sum + line.answers, 0)
    if (answers !== events + 1) throw new Error(`the statement has ${answers} answers`)
  })
  const check = await spanOf(async () => {
    await network.callNode('a')(nodeEndpoints.confirmStatement, { params }, { timeoutMs })
  })
  return { make, check }
}

async function spanOf(work: () => Promise<void>): Promise<Span> {
  const delay = monitorEventLoopDelay({ resolution: 5 })
  delay.enable()
  const [start, before] = [performance.now(), process.cpuUsage()]
  await work()
  const seconds = (performance.now() - start) / 1000
  delay.disable()
  const { user, system } = process.cpuUsage(before)
  return { seconds, processorSeconds: (user + system) / 1e6, stopMs: delay.max / 1e6 }
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

/** More answers like the one there is, each signed by its node. */
function copyUsage(path: string, events: number, key: KeyPair): void {
  using database = new DatabaseSync(path)
  const copy = database.prepare(`insert into usage (id, member, version, agreement, month, page, signed)
    select :id, member, version, agreement, month, page, :signed from usage where id = :of`)
  const { id: of, document: text } = database
    .prepare("select id, json_extract(signed, '$.document') as document from usage limit 1")
    .get()!
  const template = usageSchema.parse(JSON.parse(String(text)))
  database.exec('begin')
  for (let number = 0; number < events; number++) {
    const id = `use_0${String(number).padStart(15, '0')}` as const
    const document = { ...template, id }
    const signed = JSON.stringify({ document, signatures: [signDocument(document, key)] })
    copy.run({ id, signed, of: of! })
  }
  database.exec('commit')
}
