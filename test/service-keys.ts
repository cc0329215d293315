import { DatabaseSync } from 'node:sqlite'
import {
  type Caller,
  type CaseView,
  type KeyAccount,
  nodeEndpoints,
  type SignedUsage,
} from '@consort/protocol'
import { type AccessKey, holderOf } from './asking.ts'
import type { Network } from './network.ts'

/** A key of an application, and what can be done with it at node a. */
export interface ServiceKey extends AccessKey {
  readonly call: Caller
  /** Asks `triage` about a row. */
  ask(cells: object, more?: { idempotencyKey?: string; webhook?: string }): Promise<CaseView>
  account(): Promise<KeyAccount>
}

let made = 0

/** Made by the operator of a node, under a name of its own. */
export async function openServiceKey(
  network: Network,
  limits: Partial<AccessKey['limits']> = {},
  node = 'a',
): Promise<ServiceKey> {
  const body = { name: `key-${++made}`, holder: 'application', limits } as const
  const key = await network.callNode(node)(nodeEndpoints.createAccessKey, { body })
  const call = holderOf(network, 'a', key.key)
  return {
    ...key,
    call,
    ask: (cells, more = {}) => {
      const record = { kind: 'row', cells: cells as Record<string, number> } as const
      const asked = { record, idempotencyKey: crypto.randomUUID(), ...more }
      return call(nodeEndpoints.askAgent, { params: { agent: 'triage' }, body: asked })
    },
    account: async () => (await call(nodeEndpoints.getOwnKey)).account,
  }
}

export function databaseOf(network: Network, node: string, { readOnly = true } = {}): DatabaseSync {
  return new DatabaseSync(`${network.nodeConfig(node).dataPath}/node.sqlite`, { readOnly })
}

/** The signed events of node a that meter the answers of one key. */
export function usageOf(network: Network, key: string): SignedUsage[] {
  const database = databaseOf(network, 'a')
  const asked = new Set(
    ['plain_answer', 'asked_case'].flatMap(table =>
      database
        .prepare(`select id from ${table} where asked_by = ?`)
        .all(key)
        .map(({ id }) => id),
    ),
  )
  const events = database
    .prepare('select signed from usage')
    .all()
    .map(({ signed }) => JSON.parse(String(signed)) as SignedUsage)
  database.close()
  return events.filter(({ document }) => asked.has(document.case))
}
