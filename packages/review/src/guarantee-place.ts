import type { Id } from '@consort/protocol'

/** One life of a promise of an agent's version. */
export interface GuaranteePlace {
  readonly agent: string
  readonly version: Id<'version'>
  readonly guarantee: number
}
