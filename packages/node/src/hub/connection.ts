import { readFileSync } from 'node:fs'
import { rootCertificates } from 'node:tls'
import {
  type Caller,
  createCaller,
  type Fetch,
  type KeyPair,
  ownSupport,
  Refusal,
  type WireSupport,
} from '@consort/protocol'
import type { NodeConfig } from '../config.ts'
import { nodeVersion } from '../version.ts'
import { openOutgoing } from './proxy/outgoing.ts'

export interface HubConnection extends AsyncDisposable {
  readonly call: Caller
}

export interface HubConnectionSetup {
  readonly key: KeyPair
  readonly config: Pick<NodeConfig, 'caFile' | 'proxy'>
  /** Milliseconds since 1970. */
  readonly nowMs: () => number
  /** Reaches the hub instead of the network. */
  readonly fetch?: Fetch | undefined
  /** Told with every answer what the hub speaks. */
  readonly onHub?: (support: WireSupport) => void
}

/** Idle connections are dropped before most proxies would cut them. */
const keepAliveMs = 15_000

/**
 * Calls the hub, signed with the node's key: over TLS, and through a proxy when one is set, unless the hub is on this
 * machine; trusting a private certificate authority when one is given. Throws `tls-required` or `input-invalid`.
 */
export function openHubConnection(
  hubUrl: string,
  { key, config, nowMs, fetch, onHub }: HubConnectionSetup,
): HubConnection {
  checkHubUrl(hubUrl)
  const connect = config.caFile === undefined ? {} : { ca: [...rootCertificates, readCa(config.caFile)] }
  const outgoing = openOutgoing({ proxy: config.proxy, connect, keepAliveMs })
  return {
    call: createCaller({
      base: hubUrl,
      fetch: fetch ?? outgoing.fetch,
      key,
      nowMs,
      support: ownSupport(nodeVersion),
      ...(onHub && { onServer: onHub }),
    }),
    [Symbol.asyncDispose]: () => outgoing[Symbol.asyncDispose](),
  }
}

/** Off loopback nothing goes out in the clear. */
function checkHubUrl(hubUrl: string): void {
  const { protocol, hostname } = new URL(hubUrl)
  const isLoopback = ['127.0.0.1', '[::1]', 'localhost'].includes(hostname)
  if (protocol !== 'https:' && !isLoopback) {
    throw new Refusal('tls-required', `The hub's address is not https: ${hubUrl}`, {
      hint: 'Ask the hub’s operator for an invite with its https address.',
    })
  }
}

function readCa(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch (cause) {
    throw new Refusal('input-invalid', `CONSORT_CA_FILE: ${path} cannot be read`, {
      hint: 'It is the path of a PEM file.',
      cause,
    })
  }
}
