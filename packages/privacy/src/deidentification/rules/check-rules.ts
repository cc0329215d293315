import { type CategoryField, type NumberField, Refusal } from '@consort/protocol'
import type { DeidentificationRules, FieldRule, RuleName } from './rules.ts'

/**
 * A field of the owner's table, as far as its rule has to know it. The fields and the label of the consortium's schema
 * are such fields; what only the owner has (identifiers, dates, notes) comes beside them.
 */
export type RecordField =
  | (Pick<NumberField, 'kind' | 'name'> & Partial<Pick<NumberField, 'min' | 'max'>>)
  | (Pick<CategoryField, 'kind' | 'name'> & { readonly codes: readonly { readonly code: string }[] })
  /** A day, with or without the time. */
  | { readonly kind: 'date'; readonly name: string }
  /** Anything that people write: names, identifiers, addresses, notes. */
  | { readonly kind: 'text'; readonly name: string }

const rulesOfKind = {
  number: ['keep', 'drop', 'keyed-hash', 'bin', 'bucket'],
  category: ['keep', 'drop', 'keyed-hash', 'prefix', 'hierarchy'],
  date: ['keep', 'drop', 'keyed-hash', 'shorten-date', 'shift-date'],
  text: ['drop', 'keyed-hash', 'prefix', 'hierarchy', 'redact'],
} as const satisfies Record<RecordField['kind'], readonly RuleName[]>

/**
 * The rule of each field, in the order of `fields`. Throws `input-invalid` for a field without a rule (none passes
 * because nobody thought of it), a rule without a field, a rule that does not suit the kind of its field, and a
 * hierarchy that lacks one of the field's codes.
 */
export function rulesByField(
  rules: DeidentificationRules,
  fields: readonly RecordField[],
): [RecordField, FieldRule][] {
  for (const { field } of rules.fields) {
    if (fields.some(({ name }) => name === field)) continue
    throw new Refusal('input-invalid', `There is a rule for ${field}, and no such field`, {
      hint: 'Correct the name, or take the rule out.',
      path: field,
    })
  }
  return fields.map(field => {
    const rule = rules.fields.find(rule => rule.field === field.name)
    if (rule === undefined) {
      throw new Refusal('input-invalid', `The field ${field.name} has no rule`, {
        hint: 'Give it one. `drop` leaves it out; `keep` says that it may leave as it is.',
        path: field.name,
      })
    }
    checkSuits(field, rule)
    return [field, rule]
  })
}

function checkSuits(field: RecordField, rule: FieldRule): void {
  const suitable: readonly RuleName[] = rulesOfKind[field.kind]
  if (!suitable.includes(rule.rule)) {
    throw new Refusal(
      'input-invalid',
      `The rule ${rule.rule} does not suit ${field.name}, which holds a ${field.kind}`,
      {
        hint: `Use one of: ${suitable.join(', ')}.`,
        path: field.name,
      },
    )
  }
  if (rule.rule !== 'hierarchy' || field.kind !== 'category') return
  const known = new Set(rule.broader.flatMap(({ value, parent }) => [value, parent]))
  const missing = field.codes.filter(({ code }) => !known.has(code)).length
  if (missing === 0) return
  throw new Refusal('input-invalid', `The hierarchy of ${field.name} lacks ${missing} of its codes`, {
    hint: 'Each code of the field has to stand in `broader`, as a value or as a parent.',
    path: field.name,
  })
}
