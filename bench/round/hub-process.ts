import { mkdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { type EventEntry, parseEntry } from '@consort/agreements'
import { type Caller, createCaller, hubEndpoints, type KeyPair, parseKeyPair } from '@consort/protocol'
import { startConsort } from '../../examples/quickstart/processes.ts'

/** `consort hub start` as a process of its own. */
export type HubProcess = AsyncDisposable & {
  url: string
  pid: number
  /** Calls the hub as its operator. */
  operator: Caller
}

/** Its tables lie in a file of its directory, or in the PostgreSQL database at a URL. */
export async function openHubProcess(root: string, databaseUrl?: string): Promise<HubProcess> {
  const data = join(root, 'hub')
  mkdirSync(data, { recursive: true })
  const line = ['hub', 'start', '--data', data, '--listen', '127.0.0.1:0', '--consortium', 'racers']
  await using stack = new AsyncDisposableStack()
  const process = stack.use(
    startConsort(line, {
      log: join(root, 'hub.log'),
      ...(databaseUrl !== undefined && { environment: { CONSORT_DATABASE_URL: databaseUrl } }),
    }),
  )
  const { url } = await process.ready
  const { pid } = JSON.parse(readFileSync(join(data, 'hub.json'), 'utf8')) as { pid: number }
  const cleanup = stack.move()
  return {
    url,
    pid,
    operator: callerAt(url, readKey(join(data, 'operator.key'))),
    [Symbol.asyncDispose]: () => cleanup.disposeAsync(),
  }
}

export function callerAt(base: string, key: KeyPair): Caller {
  return createCaller({ base, fetch: fetch as never, key, nowMs: Date.now })
}

export function readKey(path: string): KeyPair {
  return parseKeyPair(readFileSync(path, 'utf8'))
}

/**
 * The hub's event log once it says that the run has ended, asked for twice a second, since watching the run itself
 * makes the hub describe it anew at each step. Throws if the run ends in another way than by doing all its rounds.
 */
export async function awaitLogOfRun(operator: Caller, run: string): Promise<EventEntry[]> {
  const entries: EventEntry[] = []
  for (;;) {
    const page = await operator(hubEndpoints.exportLog, { query: { from: entries.length } })
    for (const text of page.entries) entries.push(parseEntry(text, entries.length + 1))
    const end = entries.find(({ kind, body }) => kind === 'run-ended' && body.run === run)
    if (end?.body.because === 'rounds') return entries
    if (end) throw new Error(`the run ended otherwise: ${JSON.stringify(end.body)}`)
    if (page.next === null) await sleep(500)
  }
}
