import { readFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { join, resolve } from 'node:path'
import { Refusal } from '@consort/protocol'
import {
  type BlobsPlace,
  type KeptDays,
  parseBlobsPlace,
  parseDatabaseUrl,
  parseKeptDays,
} from '@consort/storage'
import { type HubRule, hubKeepSettings } from './tables/keep-settings.ts'

export interface HubConfig {
  /** The hub's keys, and everything else that it keeps unless `databaseUrl` says otherwise. */
  readonly dataPath: string
  /** The PostgreSQL database that holds the tables; a file in the data directory when undefined. */
  readonly databaseUrl: string | undefined
  /** Where weights and updates lie; `blobs` in the data directory when undefined. Replicas of one hub share it. */
  readonly blobs: BlobsPlace | undefined
  readonly listen: { readonly host: string; readonly port: number }
  /** How members reach this hub; what they sign for. By default the address it listens on. */
  readonly publicUrl: string | undefined
  readonly tls: { readonly cert: string; readonly key: string } | undefined
  /** Set when something in front of the hub speaks TLS. */
  readonly behindTlsProxy: boolean
  readonly consortium: string
  /** For how long each rule keeps rows, in days; what it says by itself when undefined. */
  readonly keep?: Readonly<Record<HubRule, KeptDays>> | undefined
  readonly logLevel: 'debug' | 'info' | 'warn' | 'error' | 'silent'
}

/** The hub's settings. This file alone reads them. */
export function readHubConfig(environment: Readonly<Record<string, string | undefined>>): HubConfig {
  const { CONSORT_TLS_CERT: cert, CONSORT_TLS_KEY: key } = environment
  if ((cert === undefined) !== (key === undefined)) {
    throw new Refusal('input-invalid', 'CONSORT_TLS_CERT and CONSORT_TLS_KEY go together', {
      hint: 'Set both, or neither.',
    })
  }
  const publicUrl = environment.CONSORT_PUBLIC_URL?.replace(/\/+$/, '')
  return {
    dataPath: resolve(environment.CONSORT_DATA ?? join(homedir(), '.consort', 'hub')),
    blobs: parseBlobsPlace(environment.CONSORT_BLOBS, environment),
    databaseUrl: parseDatabaseUrl(environment.CONSORT_DATABASE_URL),
    listen: parseListen(environment.CONSORT_LISTEN ?? '127.0.0.1:7070'),
    publicUrl,
    tls:
      cert && key
        ? { cert: readSetting('CONSORT_TLS_CERT', cert), key: readSetting('CONSORT_TLS_KEY', key) }
        : undefined,
    behindTlsProxy: environment.CONSORT_TLS_PROXY === '1',
    consortium: environment.CONSORT_CONSORTIUM ?? 'consortium',
    keep: parseKeptDays(hubKeepSettings, environment),
    logLevel: parseLogLevel(environment.CONSORT_LOG ?? 'info'),
  }
}

/** `host:port`, with the host in brackets when it is an IPv6 address. */
function parseListen(text: string): HubConfig['listen'] {
  const match = /^(?:\[([0-9a-f:]+)\]|([^:]+)):(\d{1,5})$/i.exec(text)
  const port = Number(match?.[3])
  if (!match || port > 65_535) {
    throw new Refusal('input-invalid', `CONSORT_LISTEN is not host:port: ${text}`, {
      hint: 'For example 127.0.0.1:7070 or [::1]:7070.',
    })
  }
  return { host: (match[1] ?? match[2])!, port }
}

function readSetting(name: string, path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch (cause) {
    throw new Refusal('input-invalid', `${name}: ${path} cannot be read`, {
      hint: 'It is the path of a PEM file.',
      cause,
    })
  }
}

function parseLogLevel(text: string): HubConfig['logLevel'] {
  const levels = ['debug', 'info', 'warn', 'error', 'silent'] as const
  const level = levels.find(known => known === text)
  if (!level) throw new Refusal('input-invalid', `CONSORT_LOG is not one of ${levels.join(', ')}: ${text}`)
  return level
}

/** Off loopback a hub speaks TLS, or says that something in front of it does. */
export function checkTransport({ listen, tls, behindTlsProxy, publicUrl }: HubConfig): void {
  const isLoopback = ['127.0.0.1', '::1', 'localhost'].includes(listen.host)
  if (!isLoopback && !tls && !behindTlsProxy) {
    throw new Refusal('tls-required', `Listening on ${listen.host} needs TLS`, {
      hint: 'Set CONSORT_TLS_CERT and CONSORT_TLS_KEY, or CONSORT_TLS_PROXY=1 when a proxy in front speaks TLS.',
    })
  }
  if (
    publicUrl?.startsWith('http:') &&
    !/^http:\/\/(127\.0\.0\.1|\[::1\]|localhost)(:|$|\/)/.test(publicUrl)
  ) {
    throw new Refusal('tls-required', `CONSORT_PUBLIC_URL is not https: ${publicUrl}`, {
      hint: 'Nodes refuse to send updates in the clear.',
    })
  }
}
