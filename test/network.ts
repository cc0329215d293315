import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { type Hub, type HubConfig, type HubParts, openHub } from '@consort/hub'
import { enrol, type Node, type NodeConfig, type NodeParts, openNode } from '@consort/partner'
import {
  type Caller,
  createCaller,
  type DataSourceInput,
  hubEndpoints,
  type MemberRole,
  nodeEndpoints,
  parseInvite,
  parseKeyPair,
  parseRecipe,
  type RecipeInput,
  type RunView,
} from '@consort/protocol'
import { pino } from 'pino'

/** A whole consortium in this process: real servers on loopback, real directories, real training. */
export interface Network extends AsyncDisposable {
  readonly directory: string
  readonly hub: Hub
  /** Calls the hub as its operator. */
  readonly operator: Caller
  readonly nodes: Map<string, Node>
  /** Invites, enrols and starts a node. */
  join(name: string, role?: MemberRole): Promise<void>
  /** Every member signs the proposed roster. */
  signRoster(): Promise<void>
  addDataset(
    name: string,
    body: { dataset: string; source: DataSourceInput; role?: 'train' | 'test'; validation?: number },
  ): Promise<void>
  startNode(name: string, parts?: Partial<NodeParts>): Promise<Node>
  stopNode(name: string): Promise<void>
  restartHub(parts?: Partial<HubParts>): Promise<void>
  startRun(recipe: RecipeInput, only?: string[]): Promise<string>
  /** The run once it is over, or once `until` holds. */
  awaitRun(run: string, until?: (view: RunView) => boolean): Promise<RunView>
  nodeConfig(name: string): NodeConfig
}

export const silent = pino({ level: process.env.CONSORT_TEST_LOG ?? 'silent' })

export interface NetworkOptions {
  readonly hubParts?: Partial<HubParts>
  readonly nodeParts?: Partial<NodeParts>
  readonly hubConfig?: Partial<HubConfig>
  readonly nodeConfig?: Partial<NodeConfig>
}

export async function openNetwork(options: NetworkOptions = {}): Promise<Network> {
  const directory = mkdtempSync(join(tmpdir(), 'consort-network-'))
  const hubConfig: HubConfig = {
    dataPath: join(directory, 'hub'),
    listen: { host: '127.0.0.1', port: 0 },
    publicUrl: undefined,
    tls: undefined,
    behindTlsProxy: false,
    consortium: 'testers',
    logLevel: 'silent',
    ...options.hubConfig,
  }
  let hub = await openHub(hubConfig, { log: silent, ...options.hubParts })
  const { port } = new URL(hub.url)
  const fixedConfig: HubConfig = { ...hubConfig, listen: { host: '127.0.0.1', port: Number(port) } }
  const nodes = new Map<string, Node>()
  const operatorKey = parseKeyPair(readFileSync(join(hubConfig.dataPath, 'operator.key'), 'utf8'))
  const operator = createCaller({ base: hub.url, fetch: fetch as never, key: operatorKey, nowMs: Date.now })

  const nodeConfig = (name: string): NodeConfig => ({
    dataPath: join(directory, name),
    port: 0,
    caFile: undefined,
    policyFile: undefined,
    proxy: { https: undefined, no: undefined },
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

  return {
    directory,
    get hub() {
      return hub
    },
    operator,
    nodes,
    nodeConfig,
    startNode,
    async join(name, role = 'partner') {
      const { invite } = await operator(hubEndpoints.createInvite, { body: { name, role } })
      mkdirSync(join(directory, name), { recursive: true })
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
    async addDataset(name, body) {
      await callNode(name)(nodeEndpoints.addDataset, { body })
    },
    async stopNode(name) {
      const node = nodes.get(name)
      nodes.delete(name)
      await node?.[Symbol.asyncDispose]()
    },
    async restartHub(parts = {}) {
      await hub[Symbol.asyncDispose]()
      hub = await openHub(fixedConfig, { log: silent, ...options.hubParts, ...parts })
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
    async [Symbol.asyncDispose]() {
      await Promise.all([...nodes.values()].map(node => node[Symbol.asyncDispose]()))
      await hub[Symbol.asyncDispose]()
      rmSync(directory, { recursive: true, force: true })
    },
  }
}

function isOver({ phase }: RunView): boolean {
  return phase === 'done' || phase === 'failed' || phase === 'cancelled'
}
