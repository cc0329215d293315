import {
  type Circuit,
  type CircuitRule,
  closedCircuit,
  type PartnerRecord,
  stepCircuit,
  tryCircuit,
} from '@consort/agents'
import type { Kysely } from 'kysely'
import type { ConsultationTables } from '../tables/consultation-tables.ts'
import { changeHistory, partnerHistories, unknownPartner } from './partner-store.ts'

/** What a try told of a partner. */
export interface Observation {
  readonly seconds: number
  readonly failed: boolean
  /** What an answer costs, where the partner said so. */
  readonly price: number | null
  /** Whether the partner's circuit counts it as a failure: not where it only named another price, say. */
  readonly tripped: boolean
}

/** How partners have answered so far, and whom to leave alone for a while. */
export interface PartnerRecords {
  /** What is known of partners, for choosing among them, in the order of their names. */
  of(partners: readonly string[]): Promise<PartnerRecord[]>
  /** Keeps what a try told: the means durably, the circuit in memory. */
  observe(partner: string, observation: Observation): Promise<void>
  /** Keeps whether an answer turned out right. */
  observeQuality(partner: string, wasRight: boolean): Promise<void>
  /** Could a partner be asked now? Notes no more than that a question which nobody heard of again has failed. */
  wouldAsk(partner: string): boolean
  /**
   * May a partner be asked now? Asking is then noted: of a circuit that was open it lets one question through. `undo`
   * is for a question that the partner never heard of.
   */
  enter(partner: string): { readonly mayAsk: boolean; readonly undo: () => void }
}

/** How much the latest observation counts: the last ten or so decide. */
const share = 0.1
/** So long a price is believed: a partner that was too dear is asked again a day later. */
const pricedForMs = 86_400_000

/** Circuits are in memory: a node that starts again gives everybody another chance. */
export function createPartnerRecords({
  database,
  now,
  rule,
}: {
  database: Kysely<ConsultationTables>
  now: () => Date
  rule: CircuitRule
}): PartnerRecords {
  const circuits = new Map<string, Circuit>()
  const circuitOf = (partner: string): Circuit => circuits.get(partner) ?? closedCircuit
  const nowMs = (): number => now().getTime()
  return {
    async of(partners) {
      const since = new Date(nowMs() - pricedForMs).toISOString()
      const histories = await partnerHistories(database)
      return partners.toSorted().map(partner => {
        const known = histories.get(partner) ?? unknownPartner
        return {
          partner,
          price: known.priced > since ? known.price : unknownPartner.price,
          latencyMs: known.seconds * 1000,
          failureRate: known.failed,
          wrongRate: known.wrong,
        }
      })
    },
    async observe(partner, { seconds, failed, price, tripped }) {
      const event = { kind: tripped ? 'failed' : 'succeeded', nowMs: nowMs() } as const
      circuits.set(partner, stepCircuit(circuitOf(partner), event, rule))
      await database.transaction().execute(transaction =>
        changeHistory(transaction, partner, known => ({
          ...known,
          ...(price !== null && { price, priced: now().toISOString() }),
          seconds: towards(known.seconds, seconds),
          failed: towards(known.failed, failed ? 1 : 0),
        })),
      )
    },
    async observeQuality(partner, wasRight) {
      await database.transaction().execute(transaction =>
        changeHistory(transaction, partner, known => ({
          ...known,
          wrong: towards(known.wrong, wasRight ? 0 : 1),
        })),
      )
    },
    wouldAsk(partner) {
      const { mayAsk, next } = tryCircuit(circuitOf(partner), { nowMs: nowMs(), rule })
      if (!mayAsk) circuits.set(partner, next)
      return mayAsk
    },
    enter(partner) {
      const before = circuitOf(partner)
      const { mayAsk, next } = tryCircuit(before, { nowMs: nowMs(), rule })
      circuits.set(partner, next)
      return { mayAsk, undo: () => circuits.set(partner, before) }
    },
  }
}

function towards(mean: number, seen: number): number {
  return mean + share * (seen - mean)
}
