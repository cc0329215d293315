import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { enrol, fetchPastProxies, readNodeConfig } from '@consort/node'
import {
  type Caller,
  createCaller,
  hubEndpoints,
  type KeyPair,
  nodeEndpoints,
  parseInvite,
  parseKeyPair,
} from '@consort/protocol'
import type { Share } from './job.ts'
import { type ConsortProcess, startConsort } from './processes.ts'

/** A hub and its members, each a process, with their data registered and the roster signed. */
export interface Consortium extends AsyncDisposable {
  readonly operator: Caller
  readonly hubUrl: string
  /** Where each node is reached, and a caller as its operator. */
  readonly nodes: ReadonlyMap<string, { readonly url: string; readonly call: Caller }>
}

export interface Member {
  readonly share: Share
  readonly role: 'partner' | 'evaluator'
}

const keyAt = (path: string): KeyPair => parseKeyPair(readFileSync(path, 'utf8'))

/** What a person would do with `consort hub start`, `hub invite`, `partner enrol`, `dataset add` and `roster sign`. */
export async function openConsortium(
  root: string,
  { dataset, members }: { dataset: string; members: readonly Member[] },
): Promise<Consortium> {
  await using stack = new AsyncDisposableStack()
  const hubPath = join(root, 'hub')
  mkdirSync(hubPath, { recursive: true })
  const line = ['hub', 'start', '--data', hubPath, '--listen', '127.0.0.1:0', '--consortium', 'quickstart']
  const hub = stack.use(startConsort(line, { log: join(root, 'hub.log') }))
  const { url: hubUrl } = await hub.ready
  const callerAt = (base: string, key: KeyPair): Caller =>
    createCaller({ base, fetch: fetchPastProxies, key, nowMs: Date.now })
  const operator = callerAt(hubUrl, keyAt(join(hubPath, 'operator.key')))

  for (const { share, role } of members) {
    const path = join(root, share.name)
    // Five nodes share this machine's cores; elsewhere each has its own.
    writeFileSync(join(path, 'policy.yaml'), 'cpu: { threads: 1 }\n')
    const { invite } = await operator(hubEndpoints.createInvite, { body: { name: share.name, role } })
    await enrol(readNodeConfig({ CONSORT_DATA: path }), parseInvite(invite))
  }
  const started: [Member, ConsortProcess][] = members.map(member => {
    const path = join(root, member.share.name)
    return [
      member,
      stack.use(startConsort(['partner', 'start', '--data', path], { log: join(path, 'node.log') })),
    ]
  })
  const nodes = new Map<string, { url: string; call: Caller }>()
  await Promise.all(
    started.map(async ([{ share, role }, process]) => {
      const { url } = await process.ready
      const node = callerAt(url, keyAt(join(root, share.name, 'node.key')))
      nodes.set(share.name, { url, call: node })
      const { proposed } = await node(nodeEndpoints.showRoster)
      if (proposed) await node(nodeEndpoints.confirmRoster, { body: { version: proposed.document.version } })
      const body = { dataset, source: share.source, role: role === 'evaluator' ? 'test' : 'train' } as const
      await node(nodeEndpoints.addDataset, { body }, { timeoutMs: 120_000 })
    }),
  )
  const cleanup = stack.move()
  return { operator, hubUrl, nodes, [Symbol.asyncDispose]: () => cleanup.disposeAsync() }
}
