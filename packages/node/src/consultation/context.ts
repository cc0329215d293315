import type { Circuit, CircuitRule } from '@consort/agents'
import type { ConsultationKeys, Crowd, Deidentifier, RecordField } from '@consort/privacy'
import type { Kysely } from 'kysely'
import type { NodeContext } from '../context.ts'
import type { NodeAndConsultationTables } from '../tables/consultation-tables.ts'

/** What consultations work with; built once, in `open-consultations.ts`. */
export interface ConsultationContext extends Omit<NodeContext, 'database'> {
  readonly database: Kysely<NodeAndConsultationTables>
  readonly keys: ConsultationKeys
  /** Lets the hub pass this node's key on, unless it has done so; `forget` where the hub may have lost it. */
  readonly showKey: (() => Promise<void>) & { readonly forget: () => void }
  /** By partner. In memory: a node that starts again gives everybody another chance. */
  readonly circuits: Map<string, Circuit>
  readonly circuitRule: CircuitRule
  /** By data set, rules and partner: the records are read once for each. */
  readonly disguises: Map<string, Promise<Disguise>>
  /** Consultations that are being waited for. */
  readonly live: Set<string>
  /** Aborted when the node closes. */
  readonly closing: AbortSignal
}

/** How records leave for one partner, and among how many of the owner's they hide. */
export interface Disguise {
  readonly fields: readonly RecordField[]
  readonly deidentify: Deidentifier
  readonly crowd: Crowd
}
