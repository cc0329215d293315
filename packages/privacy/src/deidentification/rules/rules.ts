import { Refusal } from '@consort/protocol'
import { z } from 'zod'

const fieldName = z.string().min(1).max(200)

/** What becomes of one field. Nothing recorded (null) stays nothing under every rule. */
export const fieldRuleSchema = z.discriminatedUnion('rule', [
  /** As it is; never for free text. A number outside the field's range and an unknown code are refused. */
  z.strictObject({ rule: z.literal('keep'), field: fieldName }),
  z.strictObject({ rule: z.literal('drop'), field: fieldName }),
  /** HMAC under the recipient's key. Fields with the same `domain` (by default their own name) can be joined. */
  z.strictObject({ rule: z.literal('keyed-hash'), field: fieldName, domain: fieldName.optional() }),
  /** The middle of a bin of `width`, counted from `from`. With `to`, what lies outside [from, to] counts as the end. */
  z.strictObject({
    rule: z.literal('bin'),
    field: fieldName,
    width: z.number().positive(),
    from: z.number().default(0),
    to: z.number().optional(),
  }),
  /** The class between two edges, as text; the outer classes are open, e.g. `<18`, `18..65`, `>=65`. */
  z.strictObject({
    rule: z.literal('bucket'),
    field: fieldName,
    edges: z.array(z.number()).min(1).max(1000),
  }),
  /** The first characters, e.g. of a postcode. */
  z.strictObject({ rule: z.literal('prefix'), field: fieldName, length: z.int().min(1).max(100) }),
  /**
   * So many levels up a table of broader values; a value without a parent is the top, one that is not there is refused.
   */
  z.strictObject({
    rule: z.literal('hierarchy'),
    field: fieldName,
    levels: z.int().min(1).max(20),
    broader: z
      .array(z.strictObject({ value: z.string().min(1).max(200), parent: z.string().min(1).max(200) }))
      .min(1)
      .max(100_000),
  }),
  /** A date's month (`2024-03`) or year (`2024`). */
  z.strictObject({ rule: z.literal('shorten-date'), field: fieldName, to: z.enum(['month', 'year']) }),
  /** All dates of a person by the same number of days, at most so many either way: intervals stay. */
  z.strictObject({ rule: z.literal('shift-date'), field: fieldName, days: z.int().min(1).max(36_500) }),
  /** Free text in which identifiers are replaced by placeholders, as far as they are found. */
  z.strictObject({ rule: z.literal('redact'), field: fieldName }),
])
export type FieldRule = z.infer<typeof fieldRuleSchema>
export type RuleName = FieldRule['rule']

/** How the records of one table leave their owner, and how well each must hide among others. */
export const deidentificationRulesSchema = z
  .strictObject({
    fields: z.array(fieldRuleSchema).min(1).max(1001),
    /** The field that says whose record it is: dates shift by person, and k counts persons. */
    person: fieldName.optional(),
    /** What others may know of a person, and find the record by. */
    quasiIdentifiers: z.array(fieldName).max(100),
    /** What nobody may learn of a person, even without knowing which record it is. */
    sensitive: z.array(fieldName).max(100),
    /** So many persons, or records where there is no `person`, have the same quasi-identifiers at least. */
    k: z.int().min(2).max(1_000_000),
    /** So many values of each sensitive field occur among them at least. */
    l: z.int().min(1).max(1000),
  })
  .check(({ value, issues }) => {
    for (const { path, message } of faultsOf(value))
      issues.push({ code: 'custom', message, input: value, path })
  })
export type DeidentificationRules = z.infer<typeof deidentificationRulesSchema>

/** Reads rules from JSON or YAML. Throws `input-invalid` with the path of the first fault. */
export function parseDeidentificationRules(input: unknown): DeidentificationRules {
  const result = deidentificationRulesSchema.safeParse(input)
  if (result.success) return result.data
  const { path, message } = result.error.issues[0]!
  throw new Refusal('input-invalid', `The rules for de-identification are not valid: ${message}`, {
    path: path.join('.'),
    hint: 'docs/deidentification.md lists the rules, and what each of them needs.',
  })
}

interface Fault {
  path: (string | number)[]
  message: string
}

function faultsOf(rules: DeidentificationRules): Fault[] {
  const names = rules.fields.map(({ field }) => field)
  const doubles = rules.fields.flatMap(({ field }, index) =>
    names.indexOf(field) === index ? [] : [faultAt(index, `the field ${field} has two rules`)],
  )
  return [
    ...doubles,
    ...rules.fields.flatMap((rule, index) => faultsOfRule(rules, rule, index)),
    ...faultsOfRoles(rules),
  ]
}

function faultAt(index: number, message: string): Fault {
  return { path: ['fields', index], message }
}

function faultsOfRule({ person, fields }: DeidentificationRules, rule: FieldRule, index: number): Fault[] {
  if (rule.rule === 'shift-date' && person === undefined) {
    return [faultAt(index, 'dates shift by person: name the field `person`')]
  }
  if (
    rule.rule === 'shift-date' &&
    fields.some(other => other.rule === 'shift-date' && other.days !== rule.days)
  ) {
    return [
      faultAt(index, 'all dates shift within the same days, or intervals between fields would not stay'),
    ]
  }
  if (rule.rule === 'bin' && rule.to !== undefined && rule.to <= rule.from) {
    return [faultAt(index, '`to` must be greater than `from`')]
  }
  if (rule.rule === 'bucket' && rule.edges.some((edge, i) => i > 0 && edge <= rule.edges[i - 1]!)) {
    return [faultAt(index, 'edges must increase')]
  }
  return rule.rule === 'hierarchy' ? faultsOfHierarchy(rule.broader, index) : []
}

function faultsOfHierarchy(broader: readonly { value: string; parent: string }[], index: number): Fault[] {
  const parents = new Map(broader.map(({ value, parent }) => [value, parent]))
  if (parents.size < broader.length) return [faultAt(index, 'a value has two parents')]
  const ends = new Set<string>() // values from which the way up is known to end
  for (const start of parents.keys()) {
    const way = new Set<string>()
    let value: string | undefined = start
    while (value !== undefined && !ends.has(value)) {
      if (way.has(value)) return [faultAt(index, 'a value is above itself')]
      way.add(value)
      value = parents.get(value)
    }
    for (const passed of way) ends.add(passed)
  }
  return []
}

/** Quasi-identifiers and sensitive fields are fields of the result, and not free text. */
function faultsOfRoles({ fields, person, quasiIdentifiers, sensitive }: DeidentificationRules): Fault[] {
  const ruleOf = new Map(fields.map(({ field, rule }) => [field, rule]))
  const unusable: readonly (RuleName | undefined)[] = [undefined, 'drop', 'redact']
  const wrong = (role: 'quasiIdentifiers' | 'sensitive', names: readonly string[]): Fault[] =>
    names.flatMap((name, index) => {
      if (unusable.includes(ruleOf.get(name))) {
        return [{ path: [role, index], message: `${name} has no rule, is dropped, or is free text` }]
      }
      const isDouble =
        names.indexOf(name) !== index || (role === 'sensitive' && quasiIdentifiers.includes(name))
      return isDouble ? [{ path: [role, index], message: `${name} is named twice` }] : []
    })
  const isPersonKnown = person === undefined || ruleOf.has(person)
  return [
    ...(isPersonKnown ? [] : [{ path: ['person'], message: 'the field has no rule' }]),
    ...wrong('quasiIdentifiers', quasiIdentifiers),
    ...wrong('sensitive', sensitive),
  ]
}
