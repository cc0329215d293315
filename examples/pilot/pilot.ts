import assert from 'node:assert/strict'
import type { Hospital } from './heart/files.ts'
import type { ImpatientProxy } from './setting/impatient-proxy.ts'
import type { Places } from './setting/places.ts'
import type { Site } from './setting/site.ts'

/** What the steps share. Each adds what the next ones need. */
export interface Pilot {
  readonly root: string
  readonly places: Places
  readonly hub: Site
  readonly hospitals: ReadonlyMap<Hospital, Site>
  readonly registry: Site
  readonly proxy: ImpatientProxy
  readonly say: (line: string) => void
  run: string
  model: string
  /** The true classes of the new patients, in the order in which they come. */
  truths: string[]
  cases: { id: string; state: 'answered' | 'deferred'; truth: string; class: string | undefined }[]
  expertKey: string
  applicationKey: string
  webhookSecret: string
  /** What the ward's own server has received, a line of JSON each. */
  deliveries: readonly string[]
}

export interface Step {
  readonly title: string
  /** Throws when its outcome is not what it must be. */
  run(pilot: Pilot): Promise<void>
}

/** Looks again and again until something is there. */
export async function until<T>(
  look: () => Promise<T | undefined>,
  withinMs: number,
  what: string,
): Promise<T> {
  const deadline = Date.now() + withinMs
  for (;;) {
    const found = await look()
    if (found !== undefined) return found
    assert.ok(Date.now() < deadline, `${what} within ${withinMs / 1000} s`)
    await new Promise(resolve => setTimeout(resolve, 300))
  }
}
