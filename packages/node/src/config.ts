import { homedir, totalmem } from 'node:os'
import { join, resolve } from 'node:path'
import { Refusal } from '@consort/protocol'
import { type KeptDays, parseDatabaseUrl, parseKeptDays } from '@consort/storage'
import { type NodeRule, nodeKeepSettings } from './tables/keep-settings.ts'

export interface NodeConfig {
  /** Everything that the node keeps: its key, its database, updates on their way. Not the records. */
  readonly dataPath: string
  /** The PostgreSQL database that holds the tables; a file in the data directory when undefined. */
  readonly databaseUrl: string | undefined
  /** Where the node's own operator reaches it; loopback only. Port 0 takes a free one. */
  readonly port: number
  /** PEM file of a certificate authority to trust beside the well-known ones. */
  readonly caFile: string | undefined
  /** `policy.yaml` in the data directory when undefined. A file that is named has to be there. */
  readonly policyFile: string | undefined
  /** Proxies by the names that everybody knows: HTTPS_PROXY, NO_PROXY, or in small letters. An empty one is none. */
  readonly proxy: { readonly https: string | undefined; readonly no: string | undefined }
  /** What the columns of a table may take in memory. */
  readonly readMemoryBytes: number
  /** For how long each rule keeps rows, in days; what it says by itself when undefined. */
  readonly keep?: Readonly<Record<NodeRule, KeptDays>> | undefined
  readonly logLevel: 'debug' | 'info' | 'warn' | 'error' | 'silent'
}

/** The node's settings. This file alone reads them. */
export function readNodeConfig(environment: Readonly<Record<string, string | undefined>>): NodeConfig {
  const port = Number(environment.CONSORT_NODE_PORT ?? 0)
  if (!Number.isInteger(port) || port < 0 || port > 65_535) {
    throw new Refusal('input-invalid', `CONSORT_NODE_PORT is not a port: ${environment.CONSORT_NODE_PORT}`)
  }
  const levels = ['debug', 'info', 'warn', 'error', 'silent'] as const
  const logLevel = levels.find(level => level === (environment.CONSORT_LOG ?? 'info'))
  if (!logLevel)
    throw new Refusal(
      'input-invalid',
      `CONSORT_LOG is not one of ${levels.join(', ')}: ${environment.CONSORT_LOG}`,
    )
  return {
    dataPath: resolve(environment.CONSORT_DATA ?? join(homedir(), '.consort', 'node')),
    databaseUrl: parseDatabaseUrl(environment.CONSORT_DATABASE_URL),
    port,
    caFile: environment.CONSORT_CA_FILE,
    policyFile: environment.CONSORT_POLICY_FILE,
    proxy: {
      https: environment.HTTPS_PROXY || environment.https_proxy || undefined,
      no: environment.NO_PROXY || environment.no_proxy || undefined,
    },
    readMemoryBytes: readMemoryOf(environment.CONSORT_READ_MEMORY),
    keep: parseKeptDays(nodeKeepSettings, environment),
    logLevel,
  }
}

/** By default a quarter of what the machine, or the container, has: training needs some, and so do others. */
function readMemoryOf(setting: string | undefined): number {
  const mib = 2 ** 20
  if (setting === undefined) {
    const constrained = process.constrainedMemory()
    return Math.min(totalmem(), constrained > 0 ? constrained : Number.POSITIVE_INFINITY) / 4
  }
  if (/^[1-9]\d{0,6}$/.test(setting)) return Number(setting) * mib
  throw new Refusal('input-invalid', `CONSORT_READ_MEMORY is not a number of MiB: ${setting}`, {
    hint: 'It is what one table may take of memory, e.g. 4096.',
  })
}
