import { nearNames, pathOf, Refusal } from '@consort/protocol'
import { z } from 'zod'

const columnName = z.union([z.string().min(1).max(200), z.number()]).transform(String)

/** What a cell may hold. YAML reads a bare 0 as a number and a bare true as a truth value: both mean their text. */
const cellText = z.union([z.string().min(1).max(100), z.number(), z.boolean()]).transform(String)
const cellTexts = z.array(cellText).max(1000)

/** Cells of this file, to codes of the consortium. */
const codesSchema = z.record(z.string().min(1).max(100), cellText)

/** What a field of numbers or of codes needs is known only beside the schema: `checkMapping` checks it. */
const columnMappingSchema = z.strictObject({
  kind: z.literal('column'),
  column: columnName,
  /** What the column is recorded in. */
  unit: z.string().min(1).max(30).optional(),
  codes: codesSchema.optional(),
  /** Cells that mean "not recorded" in this column, beside empty ones and those of the whole file. */
  missing: cellTexts.default([]),
  /** What becomes of numbers outside the range of the schema: `refuse` when absent. */
  outside: z.enum(['refuse', 'missing']).optional(),
})
export type ColumnMapping = z.infer<typeof columnMappingSchema>

const absentSchema = z.strictObject({ kind: z.literal('absent') })

/** `absent`, or an object without a kind; anything else fails under the schema that follows. */
const fieldMappingSchema = z.preprocess(
  value => {
    if (value === 'absent') return { kind: 'absent' }
    return typeof value === 'object' && value !== null ? { kind: 'column', ...value } : value
  },
  z.discriminatedUnion('kind', [columnMappingSchema, absentSchema]),
)

/** How one node's file is read as the table that its consortium agreed on. Never leaves the node. */
const mappingSchema = z.strictObject({
  mapping: z.literal(1),
  /** The data set of the agreement. */
  dataset: z.string().min(1).max(100),
  /** For a file whose first line is a record: the names of all its columns in their order. */
  header: z.array(columnName).min(1).max(10_000).optional(),
  /** By the name of the schema's field. */
  fields: z.record(z.string(), fieldMappingSchema),
  label: z.strictObject({ column: columnName, codes: codesSchema, missing: cellTexts.default([]) }),
  /** Cells that mean "not recorded" in every column, beside empty ones. */
  missing: cellTexts.default(['?', 'NA', 'NaN', 'null']),
})
export type Mapping = z.infer<typeof mappingSchema>

/** Checks a mapping by itself and fills in its defaults. Throws `mapping-invalid` with the path of one fault. */
export function parseMapping(value: unknown): Mapping {
  if (typeof value !== 'object' || value === null || !('mapping' in value)) {
    throw new Refusal('mapping-invalid', 'This is not a mapping', {
      hint: 'A mapping is a YAML file that begins with `mapping: 1`. Is it the path of the data instead?',
    })
  }
  const result = mappingSchema.safeParse(value)
  if (result.success) return withUniqueHeader(result.data)
  const { issues } = result.error
  // a misspelt key explains a missing one
  const issue = issues.find(({ code }) => code === 'unrecognized_keys') ?? issues[0]!
  const path = pathOf(issue)
  const more = issues.length === 1 ? '' : ` (and ${issues.length - 1} more)`
  throw new Refusal('mapping-invalid', `${path}: ${issue.message}${more}`, { path, hint: hintOf(issue) })
}

const keys = [...Object.keys(mappingSchema.shape), ...Object.keys(columnMappingSchema.shape)]

function hintOf(issue: z.core.$ZodIssue): string {
  if (issue.code === 'unrecognized_keys') {
    const near = nearNames(issue.keys[0]!, keys)
    return near.length > 0
      ? `Did you mean ${near.join(' or ')}?`
      : `Remove or rename ${issue.keys.join(', ')}.`
  }
  if (issue.path.length === 2 && issue.path[0] === 'fields') {
    return 'A field is `absent`, or `{ column: …, unit: … }` for a number, or `{ column: …, codes: { … } }`.'
  }
  return 'Text with signs such as ? or : stands in quotation marks.'
}

function withUniqueHeader(mapping: Mapping): Mapping {
  const { header = [] } = mapping
  const second = header.findIndex((name, index) => header.indexOf(name) < index)
  if (second < 0) return mapping
  const path = `header[${second}]`
  throw new Refusal('mapping-invalid', `${path}: the name ${header[second]} is there twice`, {
    path,
    hint: 'Give every column its own name, also those that are not used.',
  })
}
