import { writeFileSync } from 'node:fs'
import { stringify } from 'yaml'
import type { Pilot } from './pilot.ts'
import type { Site } from './setting/site.ts'

/** What every hospital says about releases that carry no noise; it is printed on the card of each model. */
const exempt = {
  metrics: 'How right each version is on held-out records, agreed on so that all see whether it gets better.',
  statistics: 'Counts, means and spreads over many records, so that all standardise alike.',
  trials: 'Comparisons and calibration are seen by our own staff only.',
}

export interface PolicyOf {
  /** ε of every record, for ever. */
  readonly epsilon: number
  /** The program that trains here in the place of the engine. */
  readonly command?: readonly string[]
  /** Whom its agent may ask, and who may ask it. */
  readonly consult?: object
}

/** The rules of a hospital: every record has a privacy budget. */
export function setPolicy(
  { scenario }: Pick<Pilot, 'scenario'>,
  site: Site,
  { epsilon, command, consult }: PolicyOf,
): void {
  const trainer = 'Our own program, read by our staff, adds the noise that the recipe asks for.'
  const policy = {
    cpu: { threads: 1 },
    ...(consult && { consult }),
    ...(command && { trainer: { command, memoryMaxMb: 4096 } }),
    privacy: {
      budgets: [{ dataset: scenario.schema.dataset, epsilon }],
      exempt: { ...exempt, ...(command && { trainer }) },
    },
  }
  writeFileSync(site.file('policy.yaml'), stringify(policy))
}
