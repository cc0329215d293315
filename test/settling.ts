import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import {
  createId,
  createKeyPair,
  digestOfDocument,
  hubEndpoints,
  type SignedUsage,
  signDocument,
} from '@consort/protocol'
import { type Network, openPrepared } from './network.ts'
import { tableRecipe, planeTerms as terms } from './table-data.ts'

export const short = { ...tableRecipe, federation: { rounds: 1, roundWithinSeconds: 600 } } as const

/** Two partners with tables, under terms that both have signed. */
export async function openAgreed(): Promise<Network> {
  return await openPrepared(async network => {
    await network.joinWithTables({ a: 60, b: 90 })
    await network.agree(terms)
  })
}

/** The month of the answers that `tellAnswers` tells of. */
export const november = { params: { month: '2026-11' }, query: {} }

/** Answers as the nodes tell them; the nodes themselves know nothing of them. */
export async function tellAnswers(
  network: Network,
  version: string,
  counts: Record<string, number>,
): Promise<SignedUsage[]> {
  const told: SignedUsage[] = []
  const { inForce } = await network.operator(hubEndpoints.getAgreement)
  const agreement = digestOfDocument(inForce!.document)
  for (const [name, count] of Object.entries(counts)) {
    const { key, member, call } = network.identity(name)
    const events = Array.from({ length: count }, (): SignedUsage => {
      const document = {
        kind: 'usage',
        id: createId('usage', { bytes: randomBytes }),
        agreement,
        member,
        version: version as never,
        case: createId('case', { bytes: randomBytes }),
        by: 'agent',
        at: '2026-11-03T00:00:00.000Z',
      } as const
      return { document, signatures: [signDocument(document, key)] }
    })
    await call(hubEndpoints.putUsage, { body: { events } })
    await call(hubEndpoints.putUsage, { body: { events } }) // told twice, counted once
    const forged = [{ ...events[0]!, signatures: [signDocument(events[0]!.document, createKeyPair())] }]
    await assert.rejects(call(hubEndpoints.putUsage, { body: { events: forged } }), {
      code: 'signature-invalid',
    })
    told.push(...events)
  }
  return told
}
