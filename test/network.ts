import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { DataSourceInput } from '@consort/data'
import { type HubConfig, type HubParts, openHub } from '@consort/hub'
import { enrol, type Node, type NodeConfig, type NodeParts, openNode } from '@consort/node'
import {
  type AgreementTerms,
  type Caller,
  createCaller,
  digestOfDocument,
  hubEndpoints,
  type Id,
  type KeyPair,
  type MemberRole,
  nodeEndpoints,
  parseInvite,
  parseKeyPair,
  parseRecipe,
  type Recipe,
  type RecipeInput,
  type RunView,
} from '@consort/protocol'
import { localFiles } from '@consort/storage'
import type { EngineName } from '@consort/storage/testing/engines'
import { type PostgresServer, startPostgres } from '@consort/storage/testing/postgres-server'
import { pino } from 'pino'
import { type BadLink, type LinkFaults, openBadLink } from './faults/bad-link.ts'
import { writeTable } from './table-data.ts'

/** A whole consortium in this process: real servers on loopback, real directories, real training. */
export interface Network extends AsyncDisposable {
  readonly directory: string
  readonly hub: RunningHub
  /** Calls the hub as its operator. */
  readonly operator: Caller
  readonly link: BadLink | undefined
  /** The server of its databases, where they do not lie in files. */
  readonly server: PostgresServer | undefined
  readonly nodes: Map<string, Node>
  /** Invites, enrols and starts a node. */
  join(name: string, role?: MemberRole): Promise<void>
  /** Every member signs the proposed roster. */
  signRoster(): Promise<void>
  /** Puts terms up for signature; every partner signs. */
  agree(terms: AgreementTerms): Promise<void>
  /** Speaks to the hub as a node would. */
  identity(name: string): { key: KeyPair; member: Id<'member'>; call: Caller }
  /** Calls a node as its operator. */
  callNode(name: string): Caller
  /** Partners with a table each, registered and on a signed roster. */
  joinWithTables(rows: Readonly<Record<string, number>>): Promise<void>
  addDataset(
    name: string,
    body: { dataset: string; source: DataSourceInput; role?: 'train' | 'test'; validation?: number },
  ): Promise<void>
  startNode(name: string, parts?: Partial<NodeParts>): Promise<Node>
  stopNode(name: string): Promise<void>
  /** Stops the hub, if it still runs, and starts it again at the same address. */
  restartHub(meanwhile?: () => void): Promise<void>
  startRun(recipe: RecipeInput, only?: string[]): Promise<string>
  /** The run once it is over, or once `until` holds. */
  awaitRun(run: string, until?: (view: RunView) => boolean): Promise<RunView>
  /** Looks again and again until `holds`: for what is not news, such as progress. */
  watchRun(run: string, holds: (view: RunView) => boolean): Promise<void>
  nodeConfig(name: string): NodeConfig
  parse(recipe: RecipeInput): Recipe
}

export const silent = pino({ level: process.env.CONSORT_TEST_LOG ?? 'silent' })

/** A hub somewhere: in this process by default, in one that can be killed for crash tests. */
export interface RunningHub extends AsyncDisposable {
  readonly url: string
}

export interface NetworkOptions {
  /** Where its directories lie, perhaps from before; a new one by default. It is removed in the end. */
  readonly directory?: string
  /** What stands between the nodes and the hub. */
  readonly link?: LinkFaults
  /**
   * Where all tables lie: in files, or in databases of a server that lives as long as the network. By default as
   * `CONSORT_TEST_DATABASE` says, else in files.
   */
  readonly engine?: EngineName
  readonly startHub?: (config: HubConfig) => Promise<RunningHub>
  readonly hubParts?: Partial<HubParts>
  readonly nodeParts?: Partial<NodeParts>
  readonly hubConfig?: Partial<HubConfig>
  readonly nodeConfig?: Partial<NodeConfig>
}

export async function openNetwork(options: NetworkOptions = {}): Promise<Network> {
  const directory = options.directory ?? mkdtempSync(join(tmpdir(), 'consort-network-'))
  let hubPort = 0
  const engine = options.engine ?? process.env.CONSORT_TEST_DATABASE
  const server = engine === 'postgres' ? await startPostgres() : undefined
  const link = options.link && (await openBadLink(() => hubPort, options.link))
  const hubConfig: HubConfig = {
    dataPath: join(directory, 'hub'),
    databaseUrl: await server?.createDatabase('hub'),
    blobs: undefined,
    listen: { host: '127.0.0.1', port: 0 },
    publicUrl: link && `http://127.0.0.1:${link.port}`,
    tls: undefined,
    behindTlsProxy: false,
    consortium: 'testers',
    logLevel: 'silent',
    ...options.hubConfig,
  }
  const startHub = options.startHub ?? (config => openHub(config, { log: silent, ...options.hubParts }))
  let hub = await startHub(hubConfig)
  hubPort = Number(new URL(hub.url).port)
  const fixedConfig: HubConfig = { ...hubConfig, listen: { host: '127.0.0.1', port: hubPort } }
  const nodes = new Map<string, Node>()
  const hubFiles = options.hubParts?.files ?? localFiles
  const operatorKey = parseKeyPair(
    Buffer.from(await hubFiles.read(join(hubConfig.dataPath, 'operator.key'))).toString(),
  )
  // What is signed is the public address; the operator sits beside the hub and reaches it directly.
  const publicUrl = hubConfig.publicUrl ?? hub.url
  const operator = createCaller({
    base: publicUrl,
    fetch: (url, init) => fetch(url.replace(publicUrl, hub.url), init as RequestInit),
    key: operatorKey,
    nowMs: Date.now,
  })

  const nodeConfig = (name: string): NodeConfig => ({
    dataPath: join(directory, name),
    databaseUrl: server?.urlOf(`node-${name}`),
    port: 0,
    caFile: undefined,
    policyFile: undefined,
    proxy: { https: undefined, no: undefined },
    readMemoryBytes: 2 ** 30,
    logLevel: 'silent',
    ...options.nodeConfig,
  })
  const callNode = (name: string): Caller => {
    const key = parseKeyPair(readFileSync(join(directory, name, 'node.key'), 'utf8'))
    return createCaller({ base: nodes.get(name)!.url, fetch: fetch as never, key, nowMs: Date.now })
  }
  const startNode = async (name: string, parts: Partial<NodeParts> = {}): Promise<Node> => {
    const node = await openNode(nodeConfig(name), {
      work: true,
      parts: { log: silent, ...options.nodeParts, ...parts },
    })
    nodes.set(name, node)
    return node
  }

  const network: Network = {
    directory,
    get hub() {
      return hub
    },
    operator,
    link,
    server,
    nodes,
    nodeConfig,
    parse: parseRecipe,
    startNode,
    async join(name, role = 'partner') {
      const { invite } = await operator(hubEndpoints.createInvite, { body: { name, role } })
      mkdirSync(join(directory, name), { recursive: true })
      const splitKey = join(directory, name, 'split.key')
      if (!existsSync(splitKey)) writeFileSync(splitKey, splitKeyOf(name), { mode: 0o600 })
      await server?.createDatabase(`node-${name}`)
      if (!options.nodeConfig?.policyFile)
        writeFileSync(join(directory, name, 'policy.yaml'), 'cpu: { threads: 1 }\n')
      await enrol(nodeConfig(name), parseInvite(invite), { log: silent, ...options.nodeParts })
      await startNode(name)
    },
    async signRoster() {
      for (const name of nodes.keys()) {
        const call = callNode(name)
        const { proposed } = await call(nodeEndpoints.showRoster)
        if (proposed)
          await call(nodeEndpoints.confirmRoster, { body: { version: proposed.document.version } })
      }
    },
    callNode,
    identity(name) {
      const key = parseKeyPair(readFileSync(join(directory, name, 'node.key'), 'utf8'))
      const { member } = nodes.get(name)!.enrolment
      return {
        key,
        member,
        call: createCaller({ base: hub.url, fetch: fetch as never, key, nowMs: Date.now }),
      }
    },
    async agree(terms) {
      const { proposed } = await operator(hubEndpoints.proposeAgreement, { body: terms })
      const body = { agreement: digestOfDocument(proposed!.document) }
      for (const { name, role } of (await operator(hubEndpoints.listMembers)).members)
        if (role === 'partner') await callNode(name)(nodeEndpoints.confirmAgreement, { body })
    },
    async joinWithTables(rows) {
      for (const name of Object.keys(rows)) await network.join(name)
      await network.signRoster()
      for (const [index, [name, count]] of Object.entries(rows).entries()) {
        const path = join(directory, `${name}.csv`)
        writeTable(path, { rows: count, seed: index + 1 })
        await network.addDataset(name, {
          dataset: 'plane',
          source: { kind: 'csv', path, label: 'state' },
          validation: 0.2,
        })
      }
    },
    async addDataset(name, body) {
      await callNode(name)(nodeEndpoints.addDataset, { body })
    },
    async stopNode(name) {
      const node = nodes.get(name)
      nodes.delete(name)
      await node?.[Symbol.asyncDispose]()
    },
    async restartHub(meanwhile) {
      await hub[Symbol.asyncDispose]()
      meanwhile?.()
      hub = await startHub(fixedConfig)
    },
    async startRun(recipe, only) {
      const body = { recipe: parseRecipe(recipe), ...(only && { only }), idempotencyKey: crypto.randomUUID() }
      return (await operator(hubEndpoints.createRun, { body })).id
    },
    async awaitRun(run, until = isOver) {
      for (let after = 0; ; ) {
        const view = await operator(hubEndpoints.getRun, {
          params: { run: run as never },
          query: { after, wait: 5 },
        }).catch(async error => {
          await sleep(50)
          if (error.code !== 'unreachable') throw error
          return undefined
        })
        if (view && (until(view) || isOver(view))) return view
        after = view?.revision ?? after
      }
    },
    async watchRun(run, holds) {
      for (;;) {
        const view = await operator(hubEndpoints.getRun, { params: { run: run as never }, query: {} })
        if (holds(view)) return
        if (isOver(view)) throw new Error(`the run ended before that: ${view.reason}`)
        await sleep(10)
      }
    },
    async [Symbol.asyncDispose]() {
      await Promise.all([...nodes.values()].map(node => node[Symbol.asyncDispose]()))
      await hub[Symbol.asyncDispose]()
      await link?.[Symbol.asyncDispose]()
      await server?.[Symbol.asyncDispose]()
      rmSync(directory, { recursive: true, force: true })
    },
  }
  return network
}

/**
 * The same draw of held-out records in every run of a test. By a fresh key, one run in a hundred holds out no record
 * that the model gets wrong: then its confidences are sharpened until nothing is unsure.
 */
function splitKeyOf(name: string): Uint8Array {
  return createHash('sha256').update(`records of ${name}`).digest()
}

/** The same once it is prepared; where that fails it is closed, or its servers would keep the process alive. */
export async function openPrepared(
  prepare: (network: Network) => Promise<void>,
  options: NetworkOptions = {},
): Promise<Network> {
  const network = await openNetwork(options)
  try {
    await prepare(network)
    return network
  } catch (error) {
    await network[Symbol.asyncDispose]()
    throw error
  }
}

function isOver({ phase }: RunView): boolean {
  return phase === 'done' || phase === 'failed' || phase === 'cancelled'
}
