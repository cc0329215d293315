import { existsSync, readFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { join, resolve } from 'node:path'
import {
  enrolmentFile,
  fetchPastProxies,
  type NodeConfig,
  openHubConnection,
  openNode,
  readNodeConfig,
} from '@consort/node'
import {
  type Caller,
  createCaller,
  type KeyPair,
  nodeEndpoints,
  ownSupport,
  parseKeyPair,
  Refusal,
} from '@consort/protocol'
import type { Language } from './language/language.ts'
import type { Messages } from './language/messages.ts'
import type { Terminal } from './output/terminal.ts'
import { cliVersion } from './version.ts'

/** What every command works with. */
export interface Session {
  readonly terminal: Terminal
  readonly say: Messages
  readonly language: Language
  readonly environment: Readonly<Record<string, string | undefined>>
  /** From `--data`. */
  readonly data: string | undefined
  /** Aborted by Ctrl-C. */
  readonly signal: AbortSignal
}

type Place =
  | { readonly kind: 'hub'; readonly path: string }
  | { readonly kind: 'node'; readonly path: string }

/** The directory that a command is about, and whose it is. Throws `not-found`. */
export function placeOf({ data, environment }: Session): Place {
  const said = data ?? environment.CONSORT_DATA
  const candidates = said ? [said] : [join(homedir(), '.consort', 'hub'), join(homedir(), '.consort', 'node')]
  for (const candidate of candidates) {
    const path = resolve(candidate)
    if (existsSync(join(path, 'operator.key'))) return { kind: 'hub', path }
    if (existsSync(join(path, enrolmentFile))) return { kind: 'node', path }
  }
  throw new Refusal(
    'not-found',
    `There is neither a hub nor an enrolled node in ${candidates.join(' or ')}`,
    {
      hint: 'Name the directory with --data, or begin with `consort hub start` or `consort partner enrol`.',
    },
  )
}

/**
 * Reads the node's configuration for the data directory of this session. Throws refusals of settings that cannot be.
 */
export function nodeConfigOf(session: Session): NodeConfig {
  const data = session.data ?? session.environment.CONSORT_DATA
  return readNodeConfig({ ...session.environment, ...(data !== undefined && { CONSORT_DATA: data }) })
}

/** Talks to the hub, as its operator from the hub's directory, as a member from a node's. */
export async function withHub<T>(
  session: Session,
  work: (call: Caller, place: Place) => Promise<T>,
): Promise<T> {
  const place = placeOf(session)
  const { url, key } = place.kind === 'hub' ? hubIdentity(place.path) : memberIdentity(place.path)
  await using connection = openHubConnection(url, { key, config: nodeConfigOf(session), nowMs: Date.now })
  return await work(connection.call, place)
}

function hubIdentity(path: string): { url: string; key: KeyPair } {
  const file = join(path, 'hub.json')
  if (!existsSync(file)) {
    throw new Refusal('unreachable', `The hub of ${path} has never run`, {
      hint: 'Start it with `consort hub start`.',
    })
  }
  return { url: JSON.parse(readFileSync(file, 'utf8')).url, key: keyAt(path, 'operator.key') }
}

function memberIdentity(path: string): { url: string; key: KeyPair } {
  return {
    url: JSON.parse(readFileSync(join(path, enrolmentFile), 'utf8')).hubUrl,
    key: keyAt(path, 'node.key'),
  }
}

/** Reads a key from a file; `name` says whose it is. Throws `not-found` with the way out where there is none. */
export function keyAt(path: string, name: string): KeyPair {
  return parseKeyPair(readFileSync(join(path, name), 'utf8'))
}

/** The node that a command talks to. */
export interface NodeAtWork {
  readonly url: string
  readonly path: string
  /** False for one that was opened just for this command. */
  readonly isRunning: boolean
}

/** Talks to the node of this directory: to the one that runs, or to one that runs just for this. */
export async function withNode<T>(
  session: Session,
  work: (call: Caller, node: NodeAtWork) => Promise<T>,
): Promise<T> {
  const place = placeOf(session)
  if (place.kind !== 'node') {
    throw new Refusal('state-conflict', `${place.path} is a hub's directory`, {
      hint: 'Name the directory of a node with --data.',
    })
  }
  const key = keyAt(place.path, 'node.key')
  const callerAt = (base: string): Caller =>
    createCaller({ base, fetch: fetchPastProxies, key, nowMs: Date.now, support: ownSupport(cliVersion) })
  const running = await runningNode(place.path, callerAt)
  const { path } = place
  if (running) return await work(running.call, { url: running.url, path, isRunning: true })
  await using node = await openNode(
    { ...nodeConfigOf(session), port: 0, logLevel: 'silent' },
    { work: false },
  )
  return await work(callerAt(node.url), { url: node.url, path, isRunning: false })
}

async function runningNode(
  path: string,
  callerAt: (base: string) => Caller,
): Promise<{ call: Caller; url: string } | undefined> {
  const file = join(path, 'node.json')
  if (!existsSync(file)) return undefined
  const { url } = JSON.parse(readFileSync(file, 'utf8')) as { url: string }
  const call = callerAt(url)
  try {
    await call(nodeEndpoints.getNode)
    return { call, url }
  } catch (error) {
    if (error instanceof Refusal && error.code === 'version-unsupported') throw error
    return undefined // it was killed, and its address is nobody's or somebody else's
  }
}
