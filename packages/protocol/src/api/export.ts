import { digestSchema, nameSchema } from '@consort/basics'
import { z } from 'zod'
import { endpoint } from '../http/endpoint.ts'

const anonymitySchema = z.object({
  /** The size of the smallest class. */
  k: z.int(),
  /** How many classes there are of each size that occurs, smallest first. */
  classes: z.array(z.object({ size: z.int(), count: z.int(), rows: z.int() })),
  /** Of each sensitive field, the worst of all classes: distinct and entropy l-diversity, t-closeness. */
  diversity: z.array(
    z.object({ field: z.string(), distinct: z.int(), entropy: z.number(), closeness: z.number() }),
  ),
})

export const anonymityViewSchema = anonymitySchema.extend({
  rows: z.int(),
  /** What a class counts. */
  counted: z.enum(['persons', 'rows']),
  quasiIdentifiers: z.array(z.string()),
  /** What it would be if one field said nothing any more: the most that generalising it can bring. */
  without: z.array(anonymitySchema.extend({ field: z.string() })),
  /** Fields that leave as well, and of which this says nothing; free text is among them. */
  notCovered: z.array(z.string()),
  /** The stricter of what the rules and the agreement in force ask for. */
  asked: z.object({ k: z.int(), l: z.int() }),
  /** Whether that is reached. */
  holds: z.boolean(),
})
export type AnonymityView = z.infer<typeof anonymityViewSchema>

const written = {
  dataset: nameSchema,
  recipient: nameSchema,
  /** On the node's own machine. */
  path: z.string(),
  /** Of the file; of a folder, of the names and digests of its files. The entry in the event log has it too. */
  digest: digestSchema,
}

const exportViewSchema = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('table'), ...written, anonymity: anonymityViewSchema }),
  z.object({
    kind: z.literal('pictures'),
    ...written,
    pictures: z.int(),
    /** What was taken out, and of how many pictures. */
    removed: z.array(z.object({ what: z.string(), pictures: z.int() })),
    /** Pictures that were shown turned by metadata which they no longer have. */
    turned: z.int(),
    /** No such claim is made of pictures. */
    anonymity: z.null(),
  }),
])
export type ExportView = z.infer<typeof exportViewSchema>

const asked = z.strictObject({
  dataset: nameSchema,
  /** As docs/deidentification.md has them, checked by the node; null for pictures. */
  rules: z.record(z.string(), z.unknown()).nullable(),
  /** Who gets it: hashes and shifted dates cannot be joined with those of another one. */
  recipient: nameSchema,
  /** People whose names are to be found in free text; the list stays at the node. */
  names: z.array(z.string().min(1).max(200)).max(100_000).default([]),
})

const errors = [
  'not-found',
  'input-invalid',
  'agreement-refused',
  'value-invalid',
  'data-changed',
  'data-unreadable',
] as const

/** What an export of a table would hold; nothing is written. */
export const checkExport = endpoint({
  method: 'POST',
  path: '/v1/datasets/exports/report',
  summary: 'De-identifies a table in memory and reports its k-anonymity and l-diversity',
  access: 'operator',
  body: asked,
  result: anonymityViewSchema,
  errors,
})

/** For the operator of the node alone: the node has no other way to give records away. */
export const exportRecords = endpoint({
  method: 'POST',
  path: '/v1/datasets/exports',
  summary: 'Writes a de-identified copy of a data set to a new file, or refuses it under the agreed k and l',
  access: 'operator',
  body: asked.extend({
    /** A file for a table, a folder for pictures; what is there already is never overwritten. */
    path: z.string().min(1).max(4096),
  }),
  result: exportViewSchema,
  errors: [...errors, 'already-exists'],
})
