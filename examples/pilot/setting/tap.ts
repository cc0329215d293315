import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { until } from '../until.ts'
import type { Certificate } from './certificate.ts'
import type { Site } from './site.ts'

export interface TapSetup extends Certificate {
  readonly listen: { readonly host: string; readonly port: number }
  /** The address of the hub behind it. */
  readonly hub: string
  /** The file to which everything goes that passes. */
  readonly record: string
}

/** Something to do once, to the first answer of the hub that fits. */
export interface TapFault {
  readonly name: string
  readonly method: 'GET' | 'PUT' | 'POST'
  /** A regular expression. */
  readonly path: string
  /** Whose request; anyone's if absent. */
  readonly member?: string
  readonly how:
    | { readonly kind: 'lose-answer' | 'repeat' | 'flip-bit' }
    | { readonly kind: 'replace'; readonly from: string; readonly to: string }
}

export interface Struck {
  readonly fault: string
  /** The hub's answer: to the second of two requests where one was repeated. */
  readonly status: number
  readonly code?: string
}

/** What stands between the hub and all others. */
export interface Tap {
  plant(fault: TapFault): void
  /** Waits until a fault has struck. */
  struck(name: string, withinMs?: number): Promise<Struck>
  /** All bytes that have passed in either direction. */
  traffic(): Buffer
}

export async function openTap(hub: Site, setup: TapSetup): Promise<Tap> {
  const program = fileURLToPath(new URL('../inside/tap.ts', import.meta.url))
  const { lines, tell } = await hub.follow(
    [process.execPath, '--conditions=source', program],
    JSON.stringify(setup),
  )
  return {
    plant: fault => tell(JSON.stringify(fault)),
    struck: async (name, withinMs = 60_000) =>
      await until(
        async () => lines.map(line => JSON.parse(line) as Struck).find(({ fault }) => fault === name),
        withinMs,
        `${name} has struck`,
      ),
    traffic() {
      const bytes = readFileSync(setup.record)
      assert.ok(bytes.length > 100_000, 'the traffic was recorded')
      return bytes
    },
  }
}
