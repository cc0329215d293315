import { digestSchema, idSchema, nameSchema } from '@consort/basics'
import { z } from 'zod'
import { agreementViewSchema } from '../documents/agreement.ts'
import { dataCardSchema } from '../documents/data-card.ts'
import { memberRoleSchema, rosterViewSchema } from '../documents/roster.ts'
import { monthSchema } from '../documents/statement.ts'
import { endpoint } from '../http/endpoint.ts'
import { publicKeySchema } from '../keys.ts'
import { statementQuery, statementViewSchema } from './settlement.ts'

/** What the node says of itself to its own operator. */
export const getNode = endpoint({
  method: 'GET',
  path: '/v1/node',
  summary: 'Who this node is, whether it reaches the hub, what it is doing',
  access: 'operator',
  result: z.object({
    member: idSchema('member'),
    name: nameSchema,
    role: memberRoleSchema,
    key: publicKeySchema,
    hubUrl: z.string(),
    hubKey: publicKeySchema,
    version: z.string(),
    /** When the hub last answered; null before the first time. */
    hubSeen: z.iso.datetime().nullable(),
    /** Of Consort at the hub; null before it answered, or where it or this node does not say. */
    hubVersion: z.string().nullable().default(null),
    state: z.string(),
  }),
})

/**
 * Where records lie, and in which format. A source never leaves the node, so the node alone knows what each kind takes,
 * and checks it to the last field: `packages/data/src/formats`.
 */
const anySourceSchema = z.record(z.string(), z.unknown())

export const datasetViewSchema = z.object({
  card: dataCardSchema,
  source: anySourceSchema,
  registered: z.iso.datetime(),
  /** Whether the hub has acknowledged the card. */
  published: z.boolean(),
})
export type DatasetView = z.infer<typeof datasetViewSchema>

export const addDataset = endpoint({
  method: 'POST',
  path: '/v1/datasets',
  summary: 'Reads a data set through, registers it and tells the hub its card; safe to repeat',
  access: 'operator',
  body: z.strictObject({
    dataset: nameSchema,
    source: anySourceSchema,
    role: z.enum(['train', 'test']).default('train'),
    /** Share of the records kept for validation, chosen by a keyed hash of each record. */
    validation: z.number().min(0).max(0.9).default(0.1),
  }),
  result: datasetViewSchema,
  errors: [
    'data-unreadable',
    'data-changed',
    'label-missing',
    'value-invalid',
    'split-empty',
    'mapping-invalid',
    'data-mismatch',
    'agreement-refused',
    'policy-refused',
    'privacy-budget-exceeded',
    'privacy-budget-restored',
  ],
})

/** What a mapping makes of a file, before it is registered. For the operator of the node alone. */
export const checkDataset = endpoint({
  method: 'POST',
  path: '/v1/datasets/conformance',
  summary: 'Reads a file through its mapping and reports, per field, what does not conform',
  access: 'operator',
  body: z.strictObject({ dataset: nameSchema, source: anySourceSchema }),
  result: z.object({
    conforms: z.boolean(),
    records: z.int(),
    withoutLabel: z.int(),
    fields: z.array(
      z.object({
        field: z.string(),
        column: z.string().nullable(),
        recorded: z.int(),
        missing: z.int(),
        findings: z.array(
          z.object({
            kind: z.string(),
            level: z.enum(['error', 'warning']),
            what: z.string(),
            hint: z.string(),
          }),
        ),
      }),
    ),
  }),
  errors: ['mapping-invalid', 'data-unreadable', 'data-changed', 'agreement-refused'],
})
export type ConformanceView = z.output<typeof checkDataset.result>

export const listDatasets = endpoint({
  method: 'GET',
  path: '/v1/datasets',
  summary: 'The data sets registered here',
  access: 'operator',
  result: z.object({
    datasets: z.array(datasetViewSchema),
    /** Registered in a format that this version does not know: they wait until they are registered again. */
    unreadable: z.array(nameSchema).default([]),
  }),
})

/** The hub's roster as this node sees it, checked against the key it enrolled with. */
export const showRoster = endpoint({
  method: 'GET',
  path: '/v1/roster',
  summary: 'The roster in force and the proposed one',
  access: 'operator',
  result: rosterViewSchema,
})

/** Only a person who compared fingerprints calls this. */
export const confirmRoster = endpoint({
  method: 'POST',
  path: '/v1/roster/confirmation',
  summary: 'Signs the proposed roster with this node’s key; safe to repeat',
  access: 'operator',
  body: z.strictObject({ version: z.int().min(1) }),
  result: rosterViewSchema,
  errors: ['roster-altered', 'state-conflict', 'unreachable'],
})

/** The hub's agreement as this node sees it. */
export const showAgreement = endpoint({
  method: 'GET',
  path: '/v1/agreement',
  summary: 'The agreement in force and the proposed one',
  access: 'operator',
  result: agreementViewSchema,
})

/** Only a person who read the terms calls this. */
export const confirmAgreement = endpoint({
  method: 'POST',
  path: '/v1/agreement/confirmation',
  summary: 'Signs the proposed agreement with this node’s key; safe to repeat',
  access: 'operator',
  body: z.strictObject({ agreement: digestSchema }),
  result: agreementViewSchema,
  errors: ['agreement-altered', 'agreement-invalid', 'state-conflict', 'unreachable'],
})

export const confirmStatement = endpoint({
  method: 'POST',
  path: '/v1/statements/:month/confirmation',
  summary: 'Works the proposed statement out anew and signs it if every cent agrees; safe to repeat',
  access: 'operator',
  params: z.strictObject({ month: monthSchema }),
  query: statementQuery,
  result: statementViewSchema,
  errors: ['statement-wrong', 'not-found', 'unreachable'],
})
