import { z } from 'zod'
import { dataCardSchema } from '../documents/data-card.ts'
import { dataSourceSchema } from '../documents/data-source.ts'
import { memberRoleSchema, rosterViewSchema } from '../documents/roster.ts'
import { endpoint } from '../http/endpoint.ts'
import { idSchema, nameSchema } from '../id.ts'
import { publicKeySchema } from '../keys.ts'

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
    state: z.string(),
  }),
})

export const datasetViewSchema = z.object({
  card: dataCardSchema,
  source: dataSourceSchema,
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
    source: dataSourceSchema,
    role: z.enum(['train', 'test']).default('train'),
    /** Share of the records kept for validation, chosen by a keyed hash of each record. */
    validation: z.number().min(0).max(0.9).default(0.1),
  }),
  result: datasetViewSchema,
  errors: ['data-unreadable', 'label-missing', 'value-invalid', 'split-empty'],
})

export const listDatasets = endpoint({
  method: 'GET',
  path: '/v1/datasets',
  summary: 'The data sets registered here',
  access: 'operator',
  result: z.object({ datasets: z.array(datasetViewSchema) }),
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
