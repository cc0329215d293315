import {
  type Agreement,
  agreementSchema,
  createKeyPair,
  digestOfDocument,
  type Id,
  type KeyPair,
  type MemberRole,
  type Roster,
  type SignedAgreement,
  signDocument,
  type Usage,
} from '@consort/protocol'
import type { StatementInputs } from '../settlement/statement.ts'

/** Three clinics and a laboratory that only evaluates, with terms that use every sort of clause. */
export const keys = {
  hub: createKeyPair(),
  north: createKeyPair(),
  south: createKeyPair(),
  east: createKeyPair(),
  lab: createKeyPair(),
}

export function idOf<K extends 'mem' | 'ver' | 'use' | 'cas'>(prefix: K, name: string): `${K}_${string}` {
  return `${prefix}_${name.padStart(16, '0')}`
}

/** As `idSchema` takes them: without the letters i, l, o and u. */
export const memberIds = {
  north: idOf('mem', '1'),
  south: idOf('mem', '2'),
  east: idOf('mem', '3'),
  lab: idOf('mem', '4'),
} as const

function member(name: keyof typeof memberIds, role: MemberRole = 'partner'): Roster['members'][number] {
  return { id: memberIds[name], name, role, key: keys[name].publicKey }
}

export const roster: Roster = {
  kind: 'roster',
  consortium: 'clinics',
  version: 3,
  previous: null,
  hub: keys.hub.publicKey,
  members: [member('north'), member('south'), member('east'), member('lab', 'evaluator')],
}

export const agreement: Agreement = agreementSchema.parse({
  kind: 'agreement',
  consortium: 'clinics',
  version: 1,
  previous: null,
  roster: digestOfDocument(roster),
  purpose: { en: 'To tell early who needs a specialist', zh: '及早判断谁需要专科医生' },
  data: [
    {
      dataset: 'patients',
      fields: [
        { kind: 'number', name: 'age', meaning: { en: 'Age', zh: '年龄' }, unit: 'a', min: 0, max: 120 },
        {
          kind: 'number',
          name: 'cholesterol',
          meaning: { en: 'Serum cholesterol', zh: '血清胆固醇' },
          unit: 'mg/dL',
          min: 50,
          max: 700,
        },
        {
          kind: 'number',
          name: 'vessels',
          meaning: { en: 'Vessels seen', zh: '可见血管数' },
          unit: '1',
          min: 0,
          max: 4,
        },
        {
          kind: 'category',
          name: 'sex',
          meaning: { en: 'Sex', zh: '性别' },
          codes: [
            { code: 'female', meaning: { en: 'a woman', zh: '女' } },
            { code: 'male', meaning: { en: 'a man', zh: '男' } },
          ],
        },
      ],
      label: {
        kind: 'category',
        name: 'disease',
        meaning: { en: 'Heart disease', zh: '心脏病' },
        codes: [
          { code: 'absent', meaning: { en: 'not found', zh: '无' } },
          { code: 'present', meaning: { en: 'found', zh: '有' } },
        ],
      },
    },
  ],
  statistics: true,
  recipes: [{ name: 'heart' }, { name: 'heart-fixed', digest: `sha256:${'a'.repeat(64)}` }],
  privacy: { secureAggregation: false, epsilonMax: null, anonymity: { k: 5, l: 2 } },
  use: ['north', 'south'],
  retrainAfterExamples: 500,
  benefit: {
    currency: 'EUR',
    answerPrice: 25,
    rule: {
      kind: 'fixed',
      parts: [
        { member: 'north', parts: 3 },
        { member: 'south', parts: 3 },
        { member: 'east', parts: 1 },
      ],
    },
  },
})

export function withBenefit(benefit: Partial<Agreement['benefit']>): Agreement {
  return { ...agreement, benefit: { ...agreement.benefit, ...benefit } }
}

export function signedBy(document: Agreement, ...signers: KeyPair[]): SignedAgreement {
  return { document, signatures: signers.map(key => signDocument(document, key)) }
}

export const versions = { first: idOf('ver', '1'), second: idOf('ver', '2') } as const

export const brought: StatementInputs['brought'] = new Map<Id<'version'>, ReadonlyMap<Id<'member'>, number>>([
  [
    versions.first,
    new Map([
      [memberIds.north, 100],
      [memberIds.east, 50],
    ]),
  ],
  [
    versions.second,
    new Map([
      [memberIds.north, 100],
      [memberIds.south, 7],
      [memberIds.east, 60],
    ]),
  ],
])

/** The `number`-th answer, in November under `terms`. */
export function usageOf(number: number, terms: Agreement, change: Partial<Usage> = {}): Usage {
  return {
    kind: 'usage',
    id: idOf('use', String(number)),
    agreement: digestOfDocument(terms),
    member: memberIds.north,
    version: versions.first,
    case: idOf('cas', String(number)),
    by: 'agent',
    at: '2026-11-14T09:30:00Z',
    ...change,
  }
}

/** November: 8 answers of north, 3 of south, two of them by the second version. */
export function novemberUnder(terms: Agreement): StatementInputs {
  const usages = Array.from({ length: 11 }, (_, index) =>
    usageOf(index, terms, {
      member: index < 8 ? memberIds.north : memberIds.south,
      version: index % 5 === 4 ? versions.second : versions.first,
    }),
  )
  return { agreement: terms, roster, month: '2026-11', usages, brought }
}
