import type { CaseView } from '@consort/protocol'
import type { Hospital, Scenario } from './scenario.ts'
import type { ImpatientProxy } from './setting/impatient-proxy.ts'
import type { Places } from './setting/places.ts'
import type { Site } from './setting/site.ts'
import type { Tap } from './setting/tap.ts'

/** What the steps share. Each adds what the next ones need. */
export interface Pilot {
  readonly root: string
  readonly places: Places
  readonly hub: Site
  readonly hospitals: ReadonlyMap<Hospital, Site>
  readonly registry: Site
  readonly proxy: ImpatientProxy
  readonly tap: Tap
  /** Starts the hub, again after it was killed. */
  readonly startHub: () => Promise<unknown>
  readonly scenario: Scenario
  readonly say: (line: string) => void
  /** Notes that a planted fault was caught; `how` is for the reader. */
  readonly caught: (fault: string, how: string) => void
  run: string
  model: string
  /** The true classes of the new patients, in the order in which they come. */
  truths: string[]
  cases: { id: string; state: CaseView['state']; truth: string; class: string | undefined }[]
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
