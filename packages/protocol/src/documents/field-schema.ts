import { nameSchema, textSchema } from '@consort/basics'
import { z } from 'zod'

/** A column of the consortium's tables: at home it may have any name, unit and codes; mappings translate. */
const fieldName = z.string().min(1).max(200)

/**
 * A quantity in one agreed unit. What lies outside `min` and `max` is implausible: an error, or a code for "missing".
 */
const numberFieldSchema = z.strictObject({
  kind: z.literal('number'),
  name: fieldName,
  meaning: textSchema,
  /** As `unitNames` of package data writes it, e.g. `mg/dL`; `1` for counts and ratios. */
  unit: z.string().min(1).max(30),
  min: z.number(),
  max: z.number(),
})

/** One of a closed list of codes. */
const categoryFieldSchema = z.strictObject({
  kind: z.literal('category'),
  name: fieldName,
  meaning: textSchema,
  codes: z
    .array(z.strictObject({ code: z.string().min(1).max(100), meaning: textSchema }))
    .min(2)
    .max(1000),
})

export const fieldSchema = z.discriminatedUnion('kind', [numberFieldSchema, categoryFieldSchema])
export type Field = z.infer<typeof fieldSchema>
export type NumberField = z.infer<typeof numberFieldSchema>
export type CategoryField = z.infer<typeof categoryFieldSchema>

/** What the records of one data set look like to everybody in the consortium. */
export const tableSchemaSchema = z
  .strictObject({
    dataset: nameSchema,
    fields: z.array(fieldSchema).min(1).max(1000),
    /** What is to be predicted. */
    label: categoryFieldSchema,
  })
  .check(context => {
    const { fields, label } = context.value
    const names = [...fields.map(field => field.name), label.name]
    for (const [index, name] of names.entries()) {
      if (names.indexOf(name) === index) continue
      const message = `the field ${name} is there twice`
      context.issues.push({ code: 'custom', message, input: context.value, path: ['fields', index, 'name'] })
    }
    for (const [index, field] of fields.entries()) {
      if (field.kind !== 'number' || field.min < field.max) continue
      const message = 'min must be less than max'
      context.issues.push({ code: 'custom', message, input: context.value, path: ['fields', index, 'min'] })
    }
  })
export type TableSchema = z.infer<typeof tableSchemaSchema>
