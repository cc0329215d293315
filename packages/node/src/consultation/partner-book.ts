import { closedCircuit, type PartnerRecord, stepCircuit, tryCircuit } from '@consort/agents'
import type { ConsultationContext } from './context.ts'

/** What a try told of a partner. */
export interface Observation {
  readonly seconds: number
  readonly failed: boolean
  /** What an answer costs, where the partner said so. */
  readonly price: number | null
  /** Whether the partner's circuit counts it as a failure: not where it only named another price, say. */
  readonly tripped: boolean
}

/** How much the latest observation counts: the last ten or so decide. */
const share = 0.1
/** Until something is known: free, at once, and now and then wrong or silent, so that new partners are tried. */
const unknown = { price: 0, priced: '', seconds: 0, failed: 0.1, wrong: 0.1 }
/** So long a price is believed: a partner that was too dear is asked again a day later. */
const pricedForMs = 86_400_000

/** What is known of partners, for choosing among them, in the order of their names. */
export async function partnerRecords(
  { database, now }: ConsultationContext,
  partners: readonly string[],
): Promise<PartnerRecord[]> {
  const since = new Date(now().getTime() - pricedForMs).toISOString()
  const rows = await database.selectFrom('consulted_partner').selectAll().execute()
  return partners.toSorted().map(partner => {
    const known = rows.find(row => row.partner === partner) ?? unknown
    return {
      partner,
      price: known.priced > since ? known.price : unknown.price,
      latencyMs: known.seconds * 1000,
      failureRate: known.failed,
      wrongRate: known.wrong,
    }
  })
}

/** Keeps what a try told: the means durably, the circuit in memory. */
export async function observe(
  context: ConsultationContext,
  partner: string,
  { seconds, failed, price, tripped }: Observation,
): Promise<void> {
  const event = { kind: tripped ? 'failed' : 'succeeded', nowMs: context.now().getTime() } as const
  const before = context.circuits.get(partner) ?? closedCircuit
  context.circuits.set(partner, stepCircuit(before, event, context.circuitRule))
  await update(context, partner, known => ({
    ...known,
    ...(price !== null && { price, priced: context.now().toISOString() }),
    seconds: towards(known.seconds, seconds),
    failed: towards(known.failed, failed ? 1 : 0),
  }))
}

/** Keeps whether an answer turned out right. */
export async function observeQuality(
  context: ConsultationContext,
  { partner, wasRight }: { partner: string; wasRight: boolean },
): Promise<void> {
  await update(context, partner, known => ({ ...known, wrong: towards(known.wrong, wasRight ? 0 : 1) }))
}

/** May a partner be asked now? Asking is then noted: of a circuit that was open it lets one question through. */
export function enterCircuit({ circuits, circuitRule, now }: ConsultationContext, partner: string): boolean {
  const before = circuits.get(partner) ?? closedCircuit
  const { mayAsk, next } = tryCircuit(before, { nowMs: now().getTime(), rule: circuitRule })
  circuits.set(partner, next)
  return mayAsk
}

/** Could a partner be asked now? Notes no more than that a question which nobody heard of again has failed. */
export function wouldAsk({ circuits, circuitRule, now }: ConsultationContext, partner: string): boolean {
  const before = circuits.get(partner) ?? closedCircuit
  const { mayAsk, next } = tryCircuit(before, { nowMs: now().getTime(), rule: circuitRule })
  if (!mayAsk) circuits.set(partner, next)
  return mayAsk
}

function towards(mean: number, seen: number): number {
  return mean + share * (seen - mean)
}

async function update(
  { database }: ConsultationContext,
  partner: string,
  step: (known: typeof unknown) => typeof unknown,
): Promise<void> {
  await database.transaction().execute(async transaction => {
    const known = await transaction
      .selectFrom('consulted_partner')
      .select(['price', 'priced', 'seconds', 'failed', 'wrong'])
      .where('partner', '=', partner)
      .executeTakeFirst()
    const next = step(known ?? unknown)
    await transaction
      .insertInto('consulted_partner')
      .values({ partner, ...next })
      .onConflict(conflict => conflict.column('partner').doUpdateSet(next))
      .execute()
  })
}
