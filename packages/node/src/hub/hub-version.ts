import { olderSide, ownSupport, type WireSupport } from '@consort/protocol'
import type { Logger } from 'pino'
import { nodeVersion } from '../version.ts'

export interface HubVersion {
  /** Takes what an answer of the hub says. */
  meet(support: WireSupport): void
  /** Null before the hub has answered, or where it does not say. */
  current(): string | null
}

/**
 * Keeps which version the hub runs, and tells the node's operator in the log when it becomes another than the
 * node's.
 */
export function createHubVersion(log: Logger): HubVersion {
  const own = ownSupport(nodeVersion)
  let last: WireSupport | undefined
  return {
    meet(support) {
      const isNews = support.version !== last?.version || support.wire !== last?.wire
      last = support
      if (!isNews) return
      const older = olderSide({ caller: own, server: support })
      if (older === undefined) return
      const hint = `Upgrade the ${older === 'caller' ? 'node' : 'hub'} when you can.`
      log.warn({ hub: support.version ?? 'unknown', node: nodeVersion, hint }, 'hub-version-differs')
    },
    current: () => last?.version ?? null,
  }
}
