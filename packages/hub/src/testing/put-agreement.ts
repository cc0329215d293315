import { type Agreement, agreementSchema, digestOfDocument, digestOfJson } from '@consort/protocol'
import { agreementSeries } from '../documents/agreement.ts'
import { insertProposal, putInForce } from '../documents/countersigned-store.ts'
import type { HubDatabase } from '../tables/hub-tables.ts'

const text = (en: string) => ({ en, zh: '测试' })
const codes = ['well', 'ill'].map(code => ({ code, meaning: text(code) }))

/** Puts terms in force under which the agents of member `a` may answer. Nobody has signed them. */
export async function putAgreement(
  database: HubDatabase,
  changes: Partial<Pick<Agreement, 'retrainAfterExamples'>> = {},
): Promise<Agreement> {
  const document = agreementSchema.parse({
    kind: 'agreement',
    consortium: 'clinics',
    version: 1,
    previous: null,
    roster: digestOfJson('roster'),
    purpose: text('to tell the ill from the well'),
    data: [
      {
        dataset: 'd',
        fields: [{ kind: 'number', name: 'x', meaning: text('x'), unit: '1', min: 0, max: 1 }],
        label: { kind: 'category', name: 'state', meaning: text('state'), codes },
      },
    ],
    statistics: true,
    recipes: [{ name: 'r' }],
    privacy: { secureAggregation: false, epsilonMax: null },
    use: ['a'],
    retrainAfterExamples: null,
    benefit: { currency: 'EUR', answerPrice: 100, rule: { kind: 'by-use' } },
    ...changes,
  })
  await database.transaction().execute(async transaction => {
    await insertProposal(transaction, agreementSeries, { document, version: 1 })
    await putInForce(transaction, digestOfDocument(document))
  })
  return document
}
