import {
  type Agreement,
  canonicalJson,
  type Digest,
  featuresOf,
  type Recipe,
  Refusal,
  type TableSchema,
} from '@consort/protocol'
import { checkCoverage } from './coverage.ts'

/** A run, and the terms that it began under: null where it began without any. */
export interface BegunRun {
  readonly under: Agreement | null
  readonly recipe: Recipe
  readonly digest: Digest
}

/**
 * Checks that a run which began under earlier terms may go on under those in force. It may when they cover it too, for
 * the same purpose, with the same meaning of its fields. What a run does not rest on may change meanwhile: prices, how
 * the benefit is divided, who may answer, other data sets and recipes. Throws `agreement-refused`.
 */
export function checkGoesOn(inForce: Agreement, { under, recipe, digest }: BegunRun): void {
  if (under === null) throw ended(inForce, 'the run began before there was an agreement')
  if (canonicalJson(under.purpose) !== canonicalJson(inForce.purpose))
    throw ended(inForce, 'the purpose is another one')
  checkCoverage(inForce, { recipe, digest })
  const changed = changedField(under, inForce, recipe)
  if (changed !== undefined) throw ended(inForce, `${changed} means something else`)
}

/** A field that the recipe uses, or its label, that is described in another way than before. */
function changedField(before: Agreement, after: Agreement, { dataset, input }: Recipe): string | undefined {
  const schemaIn = ({ data }: Agreement) => data.find(schema => schema.dataset === dataset)
  const [was, is] = [schemaIn(before), schemaIn(after)]
  if (!was || !is) return dataset
  if (canonicalJson(was.label) !== canonicalJson(is.label)) return was.label.name
  const used = featuresOf(input).map(({ name }) => name)
  const textOf = ({ fields }: TableSchema, name: string) =>
    canonicalJson(fields.find(field => field.name === name) ?? null)
  return used.find(name => textOf(was, name) !== textOf(is, name))
}

function ended({ version }: Agreement, why: string): Refusal {
  return new Refusal(
    'agreement-refused',
    `Version ${version} of the agreement does not let the run go on: ${why}`,
    {
      hint: 'Start the run again, under the agreement in force.',
    },
  )
}
