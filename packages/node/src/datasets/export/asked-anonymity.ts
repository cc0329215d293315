import type { AgreedAnonymity, DeidentificationRules, FieldRule } from '@consort/privacy'
import { Refusal } from '@consort/protocol'
import { currentAgreement } from '../../hub/agreements.ts'

/**
 * The stricter of the rules' k and l and those of the agreement in force. Throws `agreement-refused` for rules under
 * which what the agreement asks for would hold of nothing: they name no quasi-identifier though fields leave by which a
 * record could be found, or no sensitive field where more than one value of each is asked for.
 */
export async function askedAnonymity(
  context: Parameters<typeof currentAgreement>[0],
  rules: DeidentificationRules,
): Promise<AgreedAnonymity> {
  const { k, l, quasiIdentifiers, sensitive } = rules
  const agreed = (await currentAgreement(context))?.privacy.anonymity
  if (!agreed) return { k, l }
  if (quasiIdentifiers.length === 0 && leavesMore(rules)) {
    throw new Refusal(
      'agreement-refused',
      `The agreement asks that ${agreed.k} records look alike at least, and the rules name no field to compare`,
      { hint: 'List under `quasiIdentifiers` what others may know of a person.', path: 'quasiIdentifiers' },
    )
  }
  if (agreed.l > 1 && sensitive.length === 0) {
    throw new Refusal(
      'agreement-refused',
      `The agreement asks for ${agreed.l} values of each sensitive field, and the rules name none`,
      { hint: 'List under `sensitive` what nobody may learn of a person.', path: 'sensitive' },
    )
  }
  return { k: Math.max(k, agreed.k), l: Math.max(l, agreed.l) }
}

/** Whether anything leaves beside hashes, text and what is named as sensitive. */
function leavesMore({ fields, sensitive }: DeidentificationRules): boolean {
  const others: readonly FieldRule['rule'][] = ['drop', 'keyed-hash', 'redact']
  return fields.some(({ field, rule }) => !others.includes(rule) && !sensitive.includes(field))
}
